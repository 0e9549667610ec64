#include "permission/audit.h"

#include <ostream>

#include "permission/text/json_writer.h"

namespace postern {
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
  return WriteJsonObject([&event](JsonWriter& json) {
    json.Key("time").String(
        absl::FormatTime(absl::RFC3339_full, event.time, absl::UTCTimeZone()));
    json.Key("principal").String(event.principal);
    json.Key("permission").String(PermissionName(event.permission));
    json.Key("asked").String(event.asked);
    if (event.asked_bytes != 0) {
      json.Key("asked_bytes").Integer(static_cast<int64_t>(event.asked_bytes));
    }
    json.Key("canonical").String(event.canonical);
    json.Key("effect").String(EffectName(event.decision.effect()));
    json.Key("reason").String(ReasonCode(event.decision.reason()));
    json.Key("concealed").Bool(event.decision.concealed());
    json.Key("would_deny").Bool(event.decision.would_deny());
    json.Key("layer").String(event.layer);
    json.Key("rule").String(event.rule);
  });
}

}  // namespace postern
