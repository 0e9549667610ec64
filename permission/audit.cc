#include "permission/audit.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fs/utf8.h"

namespace postern {
namespace {

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = fs::Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// A JSON string (RFC 8259, section 7). Each byte of text that is not UTF-8
// becomes the character of the same number.
std::string JsonString(absl::string_view text) {
  const bool utf8 = IsUtf8(text);
  std::string out = "\"";
  for (char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

class JsonObject {
 public:
  void Add(absl::string_view key, absl::string_view value) {
    Key(key);
    absl::StrAppend(&text_, JsonString(value));
  }
  // `value` as `key`, and "<key>_encoding" if it is not UTF-8.
  void AddBytes(absl::string_view key, absl::string_view value) {
    Add(key, value);
    if (!IsUtf8(value)) Add(absl::StrCat(key, "_encoding"), "latin1");
  }
  void AddBool(absl::string_view key, bool value) {
    Key(key);
    text_ += value ? "true" : "false";
  }
  std::string Finish() { return text_ + "}"; }

 private:
  void Key(absl::string_view key) {
    absl::StrAppend(&text_, text_.size() > 1 ? "," : "", JsonString(key), ":");
  }
  std::string text_ = "{";
};

}  // namespace

RingAuditSink::RingAuditSink(size_t capacity)
    : capacity_(capacity == 0 ? 1 : capacity) {}

void RingAuditSink::Record(const AuditEvent& event) {
  internal::MutexLock lock(&mutex_);
  if (ring_.size() < capacity_) {
    ring_.push_back(event);
  } else {
    ring_[recorded_ % capacity_] = event;
  }
  ++recorded_;
}

std::vector<AuditEvent> RingAuditSink::Events() const {
  internal::MutexLock lock(&mutex_);
  std::vector<AuditEvent> events;
  const size_t first = recorded_ < capacity_ ? 0 : recorded_ % capacity_;
  for (size_t i = 0; i < ring_.size(); ++i) {
    events.push_back(ring_[(first + i) % ring_.size()]);
  }
  return events;
}

uint64_t RingAuditSink::dropped() const {
  internal::MutexLock lock(&mutex_);
  return recorded_ - ring_.size();
}

void JsonLinesAuditSink::Record(const AuditEvent& event) {
  const std::string line = AuditEventToJson(event) + "\n";
  internal::MutexLock lock(&mutex_);
  stream_->write(line.data(), static_cast<std::streamsize>(line.size()));
  stream_->flush();
}

bool JsonLinesAuditSink::failed() const {
  internal::MutexLock lock(&mutex_);
  return !stream_->good();
}

std::string AuditEventToJson(const AuditEvent& event) {
  JsonObject object;
  object.Add("time", absl::FormatTime(absl::RFC3339_full, event.time,
                                      absl::UTCTimeZone()));
  object.AddBytes("principal", event.principal);
  object.Add("permission", PermissionName(event.permission));
  object.AddBytes("asked", event.asked);
  object.AddBytes("canonical", event.canonical);
  object.Add("effect", EffectName(event.decision.effect()));
  object.Add("reason", ReasonCode(event.decision.reason()));
  object.AddBool("concealed", event.decision.concealed());
  object.AddBool("would_deny", event.decision.would_deny());
  object.AddBytes("layer", event.layer);
  object.AddBytes("rule", event.rule);
  return object.Finish();
}

}  // namespace postern
