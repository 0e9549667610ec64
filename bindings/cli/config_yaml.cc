#include "bindings/cli/config_yaml.h"

#include <yaml.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace postern {
namespace cli {
namespace {

using Look = ConfigBuilder::Look;

// The length of the line break that `text` begins with, or 0: those that
// libyaml counts (YAML 1.1, 5.4).
size_t BreakLength(absl::string_view text) {
  for (absl::string_view one :
       {"\r\n", "\r", "\n", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (absl::StartsWith(text, one)) return one.size();
  }
  return 0;
}

// One event of the parser, given back where it ends.
class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_ = {};
};

// Hands libyaml's events to the builder.
class YamlReader {
 public:
  YamlReader(absl::string_view text, ConfigBuilder* builder)
      : text_(text), builder_(builder) {
    for (size_t i = 0; i < text.size();) {
      const size_t length = BreakLength(text.substr(i));
      i += length == 0 ? 1 : length;
      if (length != 0) lines_.push_back(i);
    }
    ready_ = yaml_parser_initialize(&parser_) == 1;
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text.data()),
        text.size());
  }
  ~YamlReader() {
    if (ready_) yaml_parser_delete(&parser_);
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  void Read() {
    if (!ready_) {
      builder_->Fail(0, "no memory");
      return;
    }
    if (HasTagDirective()) return;
    bool goes_on = true;
    while (goes_on) {
      Event event;
      if (yaml_parser_parse(&parser_, event.get()) != 1) {
        TellProblem();
        return;
      }
      goes_on = event->type != YAML_STREAM_END_EVENT && Take(event);
    }
  }

 private:
  // libyaml compares each of them with all before. No policy needs one.
  bool HasTagDirective() {
    for (size_t line : lines_) {
      if (!absl::StartsWith(text_.substr(line), "%TAG")) continue;
      builder_->Fail(line, "a directive for tags; leave it out");
      return true;
    }
    return false;
  }

  void TellProblem() {
    const bool unreadable = parser_.error == YAML_READER_ERROR;
    builder_->Fail(
        unreadable ? parser_.problem_offset : OffsetOf(parser_.problem_mark),
        absl::StrCat("no YAML: ", parser_.problem != nullptr ? parser_.problem
                                                             : "unreadable"));
  }

  // Marks count characters; where there are others than ASCII before it in its
  // line, the offset is that of an earlier byte of the line.
  size_t OffsetOf(const yaml_mark_t& mark) const {
    const size_t line = std::min(mark.line, lines_.size() - 1);
    return std::min(lines_[line] + mark.column, text_.size());
  }

  bool Take(const Event& event) {
    switch (event->type) {
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        return true;
      case YAML_DOCUMENT_START_EVENT:
        if (++documents_ == 1) return true;
        return builder_->Fail(At(event), "a second document, expected one");
      case YAML_ALIAS_EVENT:
        return builder_->Fail(At(event),
                              "an alias; write out what it stands for");
      case YAML_SCALAR_EVENT:
        return TakeScalar(event);
      case YAML_SEQUENCE_START_EVENT:
        return CheckNode(event, event->data.sequence_start.anchor,
                         event->data.sequence_start.tag) &&
               CheckNoKey(event) && builder_->BeginList(At(event));
      case YAML_SEQUENCE_END_EVENT:
        return builder_->EndList(At(event));
      case YAML_MAPPING_START_EVENT:
        return CheckNode(event, event->data.mapping_start.anchor,
                         event->data.mapping_start.tag) &&
               CheckNoKey(event) && builder_->BeginMessage(At(event));
      case YAML_MAPPING_END_EVENT:
        return builder_->EndMessage();
    }
    return builder_->Fail(At(event), "an unknown event");
  }

  bool TakeScalar(const Event& event) {
    const auto& scalar = event->data.scalar;
    if (!CheckNode(event, scalar.anchor, scalar.tag)) return false;
    const absl::string_view text(reinterpret_cast<const char*>(scalar.value),
                                 scalar.length);
    const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (builder_->WantsKey()) {
      if (plain && text == "<<") {
        return builder_->Fail(At(event),
                              "a merge key; write out what it stands for");
      }
      return builder_->Field(text, At(event));
    }
    const bool nothing =
        plain && (text.empty() || text == "~" || text == "null" ||
                  text == "Null" || text == "NULL");
    return builder_->Scalar(nothing ? Look::kWord : Look::kString,
                            nothing ? "null" : text, At(event));
  }

  bool CheckNode(const Event& event, const yaml_char_t* anchor,
                 const yaml_char_t* tag) {
    if (anchor != nullptr) {
      return builder_->Fail(At(event), "an anchor; leave it out");
    }
    if (tag == nullptr) return true;
    return builder_->Fail(At(event), "a tag; leave it out");
  }

  bool CheckNoKey(const Event& event) {
    if (!builder_->WantsKey()) return true;
    return builder_->Fail(At(event), "a key that is a list or a map");
  }

  size_t At(const Event& event) const { return OffsetOf(event->start_mark); }

  const absl::string_view text_;
  std::vector<size_t> lines_ = {0};  // offsets of their first bytes
  ConfigBuilder* const builder_;
  yaml_parser_t parser_ = {};
  bool ready_ = false;
  int documents_ = 0;
};

}  // namespace

absl::StatusOr<ConfigValue> ReadConfigYaml(absl::string_view file,
                                           absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  ConfigBuilder builder(file, text);
  if (text.size() > kMaxConfigBytes) {
    builder.Fail(0, absl::StrCat("longer than ", kMaxConfigBytes, " bytes"));
  } else {
    YamlReader(text, &builder).Read();
  }
  return builder.Take();
}

}  // namespace cli
}  // namespace postern
