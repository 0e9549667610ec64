#ifndef POSTERN_PERMISSION_AUDIT_H_
#define POSTERN_PERMISSION_AUDIT_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "permission/decision.h"
#include "permission/internal/mutex.h"
#include "permission/permission.h"

namespace postern {

// One enforced access, as it is recorded. It names the parts of a secret's key,
// and never the secret's value.
struct AuditEvent {
  absl::Time time;
  std::string principal;
  Permission permission = Permission::kUnknown;
  // The resource as the guest wrote it, cut at kMaxReportedBytes with a remark
  // (permission/text/reported.h). Parts of keys and arguments can be told
  // apart.
  std::string asked;
  uint64_t asked_bytes = 0;  // how long it is in full; 0 if it was not cut
  std::string canonical;     // in normal form: what the rules saw
  Decision decision;
  std::string layer;  // name of the deciding layer; "" if none
  std::string rule;   // the deciding rule's pattern and source; "" if none
};

// Records enforced accesses. It is called on the thread of the access, while no
// lock of ours is held. Must be thread-safe, and must not call back into the
// context.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual void Record(const AuditEvent& event) = 0;
};

// Keeps the last `capacity` events in memory. Thread-safe.
class RingAuditSink : public AuditSink {
 public:
  explicit RingAuditSink(size_t capacity);
  void Record(const AuditEvent& event) override;
  // Oldest first.
  std::vector<AuditEvent> Events() const;
  // How many were pushed out by newer ones.
  uint64_t dropped() const;

 private:
  const size_t capacity_;
  mutable internal::Mutex mutex_;
  std::vector<AuditEvent> ring_ POSTERN_GUARDED_BY(mutex_);
  uint64_t recorded_ POSTERN_GUARDED_BY(mutex_) = 0;
};

// Writes each event as a line of JSON. Lines of two threads never mix. The
// stream is borrowed and must outlive the sink; a stream that fails loses
// events and `failed` says so. Thread-safe as long as nobody else writes.
class JsonLinesAuditSink : public AuditSink {
 public:
  explicit JsonLinesAuditSink(std::ostream* stream) : stream_(stream) {}
  void Record(const AuditEvent& event) override;
  // Some event could not be written.
  bool failed() const;

 private:
  mutable internal::Mutex mutex_;
  std::ostream* const stream_ POSTERN_PT_GUARDED_BY(mutex_);
};

// The event as one line of JSON without a line break at its end. Hidden
// characters are \u escapes; where bytes are not UTF-8, see WriteJsonObject().
std::string AuditEventToJson(const AuditEvent& event);

}  // namespace postern

#endif  // POSTERN_PERMISSION_AUDIT_H_
