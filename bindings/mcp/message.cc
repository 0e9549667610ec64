#include "bindings/mcp/message.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fs/base/utf8.h"
#include "permission/text/display.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace postern {
namespace mcp {
namespace {

using internal::QuoteForDisplay;
using rapidjson::SizeType;
using rapidjson::Value;

constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                            rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseFullPrecisionFlag;
// Envelope, params and arguments: what readers look up by name.
constexpr size_t kFoldedDepth = 3;

// As Go's encoding/json compares names: simple folding, where two letters
// outside of ASCII fold into it (Unicode's CaseFolding.txt).
std::string Fold(absl::string_view name) {
  return absl::AsciiStrToLower(
      absl::StrReplaceAll(name, {{"\u212a", "k"}, {"\u017f", "s"}}));
}

// A part of the text.
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

// Builds a document of the parser's events and looks at what a document does
// not tell: names given twice, depth, amount, and where values stand that lie
// directly in the outermost one.
class Watcher {
 public:
  Watcher(absl::string_view text, const rapidjson::MemoryStream* stream,
          Author author, rapidjson::Document* document)
      : text_(text), stream_(stream), author_(author), document_(*document) {}

  bool Null() { return Scalar() && document_.Null(); }
  bool Bool(bool b) { return Scalar() && document_.Bool(b); }
  bool Int(int i) { return Scalar() && document_.Int(i); }
  bool Uint(unsigned u) { return Scalar() && document_.Uint(u); }
  bool Int64(int64_t i) { return Scalar() && document_.Int64(i); }
  bool Uint64(uint64_t u) { return Scalar() && document_.Uint64(u); }
  bool Double(double d) { return Scalar() && document_.Double(d); }
  bool RawNumber(const char*, SizeType, bool) { return false; }
  bool String(const char* text, SizeType size, bool copy) {
    return Scalar() && IsText({text, size}) &&
           document_.String(text, size, copy);
  }
  bool Key(const char* text, SizeType size, bool copy) {
    end_of_last_ = stream_->Tell();
    const absl::string_view name(text, size);
    if (!IsText(name)) return false;
    if (names_.size() == 1) key_ = std::string(name);
    const bool folded =
        author_ == Author::kClient && names_.size() <= kFoldedDepth;
    if (!names_.back().insert(folded ? Fold(name) : std::string(name)).second) {
      return Fail(absl::StrCat("member ", QuoteForDisplay(name.substr(0, 64)),
                               " is given twice, expected it once"));
    }
    return Count() && document_.Key(text, size, copy);
  }
  bool StartObject() { return Open() && document_.StartObject(); }
  bool EndObject(SizeType count) {
    Close();
    return document_.EndObject(count);
  }
  bool StartArray() { return Open() && document_.StartArray(); }
  bool EndArray(SizeType count) {
    Close();
    return document_.EndArray(count);
  }

  const std::string& problem() const { return problem_; }
  // Of an object's members by name, or of a list's items.
  std::vector<std::pair<std::string, Span>>& spans() { return spans_; }

 private:
  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  // The parser takes "\udc80" alone for a character, and makes bytes of it that
  // are none.
  bool IsText(absl::string_view text) {
    return fs::IsUtf8(text) || Fail("half of a surrogate pair, expected both");
  }

  bool Count() {
    return ++values_ <= kMaxValues ||
           Fail(absl::StrCat("more than ", kMaxValues, " values"));
  }

  // Where the string, number or word begins that was just read.
  bool Scalar() {
    const size_t begin = text_.find_first_not_of(" \t\r\n,:", end_of_last_);
    end_of_last_ = stream_->Tell();
    if (names_.size() == 1) Keep(begin);
    return Count();
  }

  // Brackets are told before the parser takes them.
  bool Open() {
    if (names_.size() == 1) begin_ = stream_->Tell();
    names_.emplace_back();
    end_of_last_ = stream_->Tell() + 1;
    return Count() && (names_.size() <= kMaxNesting ||
                       Fail(absl::StrCat("nested more than ", kMaxNesting,
                                         " levels deep")));
  }

  void Close() {
    names_.pop_back();
    end_of_last_ = stream_->Tell() + 1;
    if (names_.size() == 1) Keep(begin_);
  }

  void Keep(size_t begin) {
    spans_.emplace_back(std::move(key_), Span{begin, end_of_last_});
    key_.clear();
  }

  const absl::string_view text_;
  const rapidjson::MemoryStream* const stream_;
  const Author author_;
  rapidjson::Document& document_;
  std::vector<std::set<std::string>> names_;  // of each open object or list
  std::string key_;
  size_t begin_ = 0;
  size_t end_of_last_ = 0;
  size_t values_ = 0;
  std::vector<std::pair<std::string, Span>> spans_;
  std::string problem_;
};

struct Parsed {
  std::string problem;  // "" = none
  std::vector<std::pair<std::string, absl::string_view>> parts;

  absl::string_view Find(absl::string_view name) const {
    for (const auto& part : parts) {
      if (part.first == name) return part.second;
    }
    return "";
  }
};

Parsed Parse(absl::string_view text, Author author,
             rapidjson::Document* document) {
  Parsed parsed;
  // Which the parser takes for the end of the text.
  const size_t nul = text.find('\0');
  if (nul != text.npos) {
    parsed.problem = absl::StrCat("column ", nul + 1, ": a NUL byte");
    return parsed;
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  Watcher watcher(text, &stream, author, document);
  rapidjson::Reader reader;
  rapidjson::ParseResult result;
  // Hands over what was read only if all of it could be.
  auto read = [&](rapidjson::Document&) {
    result = reader.Parse<kFlags>(stream, watcher);
    return !result.IsError();
  };
  document->Populate(read);
  if (result.IsError()) {
    parsed.problem =
        !watcher.problem().empty()
            ? watcher.problem()
            : absl::StrCat("column ", result.Offset() + 1, ": ",
                           rapidjson::GetParseError_En(result.Code()));
    return parsed;
  }
  for (auto& span : watcher.spans()) {
    parsed.parts.emplace_back(
        std::move(span.first),
        text.substr(span.second.begin, span.second.end - span.second.begin));
  }
  return parsed;
}

const Value* Member(const Value& object, absl::string_view name) {
  if (!object.IsObject()) return nullptr;
  const Value key(rapidjson::StringRef(name.data(), name.size()));
  const auto it = object.FindMember(key);
  return it == object.MemberEnd() ? nullptr : &it->value;
}

bool IsOneOf(absl::string_view name,
             std::initializer_list<absl::string_view> names) {
  for (const absl::string_view known : names) {
    if (name == known) return true;
  }
  return false;
}

void SetInvalid(int code, absl::string_view problem, Message* message) {
  message->kind = MessageKind::kInvalid;
  message->code = code;
  message->problem = std::string(problem);
}

// "" if the envelope has what every message has, and nothing else.
std::string TroubleWithEnvelope(const Value& root) {
  if (!root.IsObject()) return "expected an object";
  for (const auto& member : root.GetObject()) {
    const absl::string_view name = TextOf(member.name);
    if (!IsOneOf(name,
                 {"jsonrpc", "id", "method", "params", "result", "error"})) {
      return absl::StrCat("unknown member ",
                          QuoteForDisplay(name.substr(0, 64)));
    }
  }
  const Value* const version = FindString(root, "jsonrpc");
  return version != nullptr && TextOf(*version) == "2.0"
             ? ""
             : "expected \"jsonrpc\": \"2.0\"";
}

void ReadCall(const Value& root, const Parsed& parsed, Message* message) {
  const Value* const method = FindString(root, "method");
  if (method == nullptr || method->GetStringLength() > kMaxNameBytes ||
      method->GetStringLength() == 0) {
    return SetInvalid(kInvalidRequest, "\"method\": expected a short string",
                      message);
  }
  if (root.HasMember("result") || root.HasMember("error")) {
    return SetInvalid(kInvalidRequest,
                      "a request and a response in one message", message);
  }
  const Value* const params = message->Params();
  if (params != nullptr && !params->IsObject()) {
    return SetInvalid(kInvalidParams, "\"params\": expected an object",
                      message);
  }
  message->method = std::string(TextOf(*method));
  message->params = parsed.Find("params");
  message->kind =
      message->id.empty() ? MessageKind::kNotification : MessageKind::kRequest;
}

void ReadResponse(const Value& root, const Parsed& parsed, Message* message) {
  const Value* const error = Member(root, "error");
  const Value* const result = message->Result();
  if (message->id.empty() || (error == nullptr) == (result == nullptr) ||
      root.HasMember("params")) {
    return SetInvalid(kInvalidRequest,
                      "expected \"method\", or \"id\" and either \"result\" or "
                      "\"error\"",
                      message);
  }
  if (!(error == nullptr ? result : error)->IsObject()) {
    return SetInvalid(kInvalidRequest,
                      "\"result\" and \"error\": expected an object", message);
  }
  message->kind = error == nullptr ? MessageKind::kResult : MessageKind::kError;
  message->body = parsed.Find(error == nullptr ? "result" : "error");
}

}  // namespace

const Value* Message::Params() const { return Member(document, "params"); }

const Value* Message::Result() const { return Member(document, "result"); }

Line ReadLine(absl::string_view line, Author author) {
  Line read;
  const absl::string_view text = absl::StripAsciiWhitespace(line);
  read.batch = absl::StartsWith(text, "[");
  if (!read.batch) {
    read.messages.push_back(text);
    return read;
  }
  rapidjson::Document document;
  const Parsed parsed = Parse(text, author, &document);
  if (!parsed.problem.empty()) {
    read.code = kParseError;
    read.problem = parsed.problem;
  } else if (parsed.parts.empty() || parsed.parts.size() > kMaxBatch) {
    read.code = kInvalidRequest;
    read.problem = absl::StrCat("a batch has 1 to ", kMaxBatch, " messages");
  } else {
    for (const auto& part : parsed.parts) read.messages.push_back(part.second);
  }
  return read;
}

Message ReadMessage(absl::string_view text, Author author) {
  Message message;
  const Parsed parsed = Parse(text, author, &message.document);
  if (!parsed.problem.empty()) {
    SetInvalid(kParseError, parsed.problem, &message);
    return message;
  }
  const Value& root = message.document;
  const std::string trouble = TroubleWithEnvelope(root);
  const Value* const id = Member(root, "id");
  if (id != nullptr) message.id = IdToJson(*id);
  if (!trouble.empty()) {
    SetInvalid(kInvalidRequest, trouble, &message);
  } else if (id != nullptr && message.id.empty()) {
    SetInvalid(kInvalidRequest, "\"id\": expected a short string or an integer",
               &message);
  } else if (root.HasMember("method")) {
    ReadCall(root, parsed, &message);
  } else {
    ReadResponse(root, parsed, &message);
  }
  return message;
}

std::string ToJson(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string IdToJson(const Value& value) {
  const bool fits =
      value.IsInt64() ||
      (value.IsString() && value.GetStringLength() <= kMaxNameBytes);
  return fits ? ToJson(value) : "";
}

const Value* FindString(const Value& object, absl::string_view name) {
  const Value* const value = Member(object, name);
  return value != nullptr && value->IsString() ? value : nullptr;
}

absl::string_view TextOf(const Value& string) {
  return absl::string_view(string.GetString(), string.GetStringLength());
}

}  // namespace mcp
}  // namespace postern
