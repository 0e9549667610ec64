#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "permission/proto/readers.h"

namespace postern {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::io::Tokenizer;
using Look = MessageFiller::Look;

// Turns the tokenizer's lines and columns, both from 0, a tab reaching to the
// next multiple of 8, into byte offsets. Amortised linear for ascending places.
class OffsetFinder {
 public:
  explicit OffsetFinder(absl::string_view input) : input_(input) {}

  size_t Find(int line, int column) {
    if (line < line_ || (line == line_ && column < column_)) {
      offset_ = 0;
      line_ = column_ = 0;
    }
    while (line_ < line && offset_ < input_.size()) SkipLine();
    while (line_ == line && column_ < column && offset_ < input_.size()) {
      Step(input_[offset_++]);
    }
    return offset_;
  }

 private:
  // To where the next one begins, or the input ends.
  void SkipLine() {
    const size_t end = input_.find('\n', offset_);
    if (end == input_.npos) {
      offset_ = input_.size();
      return;
    }
    offset_ = end + 1;
    ++line_;
    column_ = 0;
  }

  void Step(char c) {
    if (c == '\n') {
      ++line_;
      column_ = 0;
    } else {
      column_ += c == '\t' ? 8 - column_ % 8 : 1;
    }
  }

  absl::string_view input_;
  size_t offset_ = 0;
  int line_ = 0;
  int column_ = 0;
};

// "Expected \"x\"." becomes "expected \"x\"".
std::string AsOurs(const std::string& message) {
  std::string ours(absl::StripSuffix(message, "."));
  if (!ours.empty()) ours[0] = absl::ascii_tolower(ours[0]);
  return ours;
}

class TextReader : private google::protobuf::io::ErrorCollector {
 public:
  TextReader(absl::string_view input, MessageFiller* filler)
      : filler_(filler),
        offsets_(input),
        stream_(input.data(), static_cast<int>(input.size())),
        tokenizer_(&stream_, this) {
    tokenizer_.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
    tokenizer_.set_allow_multiline_strings(false);
  }

  bool Read() {
    if (!filler_->BeginMessage(0) || !Next()) return false;
    while (!AtEnd()) {
      if (!ReadField()) return false;
    }
    return filler_->EndMessage();
  }

 private:
  void AddError(int line, int column, const std::string& message) override {
    filler_->Fail(offsets_.Find(line, column), AsOurs(message));
  }

  bool AtEnd() { return tokenizer_.current().type == Tokenizer::TYPE_END; }
  bool Is(absl::string_view text) {
    return tokenizer_.current().type != Tokenizer::TYPE_STRING &&
           tokenizer_.current().text == text;
  }
  size_t At() {
    return offsets_.Find(tokenizer_.current().line,
                         tokenizer_.current().column);
  }
  // False only if the tokenizer had a problem.
  bool Next() {
    tokenizer_.Next();
    return !filler_->failed();
  }
  bool Skip(absl::string_view text) { return !Is(text) || Next(); }
  bool Unexpected(absl::string_view expected) {
    const std::string& text = tokenizer_.current().text;
    const std::string found =
        AtEnd() ? "end of file" : absl::StrCat("\"", text.substr(0, 64), "\"");
    return filler_->Fail(
        At(), absl::StrCat("unexpected ", found, ", expected ", expected));
  }

  // name: value, name { ... }, name [ ... ], with an optional separator.
  bool ReadField() {
    if (tokenizer_.current().type != Tokenizer::TYPE_IDENTIFIER) {
      return Unexpected("the name of a field");
    }
    const size_t at = At();
    if (!filler_->Field(tokenizer_.current().text, at) || !Next()) return false;
    const bool colon = Is(":");
    if (!Skip(":")) return false;
    // None for a field that the filler passes over.
    const FieldDescriptor* const field = filler_->field();
    const bool scalar = field != nullptr &&
                        field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
    if (scalar && !colon) return Unexpected("\":\"");
    if (!(Is("[") ? ReadList() : ReadValue(at))) return false;
    return Is(",") ? Next() : Skip(";");
  }

  bool ReadList() {
    if (!filler_->BeginList(At()) || !Next()) return false;
    while (!Is("]")) {
      if (!ReadValue(At())) return false;
      if (Is("]")) break;
      if (!Is(",")) return Unexpected("\",\" or \"]\"");
      if (!Next()) return false;
      if (Is("]")) return Unexpected("a value");
    }
    return filler_->EndList(At()) && Next();
  }

  // `begin` is where a message is said to begin: at its field's name.
  bool ReadValue(size_t begin) {
    if (Is("{")) return ReadMessage(begin);
    switch (tokenizer_.current().type) {
      case Tokenizer::TYPE_STRING:
        return ReadString();
      case Tokenizer::TYPE_INTEGER:
      case Tokenizer::TYPE_FLOAT:
        return ReadToken(Look::kNumber);
      case Tokenizer::TYPE_IDENTIFIER:
        return ReadToken(Look::kWord);
      default:
        if (AtEnd()) return Unexpected("a value");
        return Is("-") ? ReadNegative() : ReadToken(Look::kWord);
    }
  }

  // The filler ends deep nesting: no schema has it.
  bool ReadMessage(size_t begin) {
    if (!filler_->BeginMessage(begin) || !Next()) return false;
    while (!Is("}")) {
      if (AtEnd()) return Unexpected("the name of a field or \"}\"");
      if (!ReadField()) return false;
    }
    return filler_->EndMessage() && Next();
  }

  bool ReadToken(Look look) {
    return filler_->Scalar(look, tokenizer_.current().text, At()) && Next();
  }

  // No field takes a negative number. What follows the sign belongs to it.
  bool ReadNegative() {
    if (!ReadToken(Look::kWord)) return false;
    const Tokenizer::TokenType type = tokenizer_.current().type;
    const bool number =
        type == Tokenizer::TYPE_INTEGER || type == Tokenizer::TYPE_FLOAT;
    return !number || Next();
  }

  // Neighbouring strings are one.
  bool ReadString() {
    const size_t at = At();
    std::string value;
    while (tokenizer_.current().type == Tokenizer::TYPE_STRING) {
      Tokenizer::ParseStringAppend(tokenizer_.current().text, &value);
      if (!Next()) return false;
    }
    return filler_->Scalar(Look::kString, value, at);
  }

  MessageFiller* const filler_;
  OffsetFinder offsets_;
  google::protobuf::io::ArrayInputStream stream_;
  Tokenizer tokenizer_;
};

}  // namespace

bool ReadText(absl::string_view input, MessageFiller* filler) {
  return TextReader(input, filler).Read();
}

}  // namespace postern
