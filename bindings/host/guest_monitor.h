#ifndef POSTERN_BINDINGS_HOST_GUEST_MONITOR_H_
#define POSTERN_BINDINGS_HOST_GUEST_MONITOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"
#include "bindings/host/denial.h"

namespace postern {
namespace host {

// Why something failed, as an interpreter tells its guest.
struct Failure {
  std::string message;
  int code = 0;  // errno
  bool denied = false;
  GuestDenial denial;  // if `denied`
};

// Asks a context for one guest, and keeps what to tell the guest of a failure.
// Knows no interpreter. The errors of interpreters jump over frames, so what
// holds memory lives here, and nothing here throws. One thread at a time.
class GuestMonitor {
 public:
  // `context` is borrowed. A person may think for so long; 0 = without end.
  GuestMonitor(postern_context* context, DenialDetail detail,
               int64_t ask_timeout_ns);
  GuestMonitor(const GuestMonitor&) = delete;
  GuestMonitor& operator=(const GuestMonitor&) = delete;
  ~GuestMonitor();

  // Is this granted, now that it is about to happen (postern_enforce())? If it
  // is not, failure() says so.
  bool Enforce(const postern_access& access) noexcept;
  bool EnforceWhole(postern_permission permission) noexcept;
  bool EnforceName(postern_permission permission,
                   absl::string_view name) noexcept;
  // What the guest asks or gives up itself, by its words: a permission, and
  // those of a resource (question.h). False, with a failure(), if DropBy() gave
  // up the permission whole for a resource that says nothing.
  bool HasBy(const std::vector<std::string>& words) noexcept;
  bool DropBy(const std::vector<std::string>& words) noexcept;

  const Failure& failure() const { return failure_; }
  // The failure, yours to delete; null without memory.
  Failure* TakeFailure() noexcept;
  // Fails with an error of the system, or with words.
  void FailWith(int code, absl::string_view subject) noexcept;
  void FailWithText(int code, absl::string_view text) noexcept;

 protected:
  postern_context* context() const { return context_; }
  DenialDetail detail() const { return detail_; }
  // For calls of the C interface.
  postern_error* error() const { return error_; }
  // The moment until which a person may be asked.
  int64_t Deadline() const;
  // Whether there are files at all; else `asked` is denied.
  bool RequireFiles(const postern_files* files, postern_permission permission,
                    absl::string_view asked) noexcept;
  // Takes over what error() says of an operation on `asked`.
  void NoteRefusal(postern_status status, postern_permission permission,
                   absl::string_view asked) noexcept;
  void Deny(const postern_access& access, postern_decision decision) noexcept;

 private:
  postern_context* const context_;
  const DenialDetail detail_;
  const int64_t ask_timeout_ns_;
  postern_error* const error_;
  Failure failure_;
};

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_GUEST_MONITOR_H_
