#ifndef POSTERN_PERMISSION_GUARD_GUARDED_SIGNALS_H_
#define POSTERN_PERMISSION_GUARD_GUARDED_SIGNALS_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fs/base/file_descriptor.h"
#include "permission/context.h"
#include "permission/decision.h"
#include "permission/internal/mutex.h"

namespace postern {

// How a signal ended; zero is success.
struct [[nodiscard]] SignalStatus {
  int error_number = 0;  // errno(3); ESRCH for a concealed denial
  bool denied = false;   // refused by us
  Decision decision;     // of a denial by rules
  std::string whose;     // "@children", the id of an app, ...; "" if not known

  bool ok() const { return error_number == 0; }
};

// The reference monitor of signals (process.signal): decides by `context` who
// is signalled, not which number, and signals by a descriptor of the process
// that it decided about (pidfd_send_signal(2), Linux 5.1). A number that was
// given to another process meanwhile is no way to that one.
// Thread-safe.
class GuardedSignals {
 public:
  explicit GuardedSignals(std::shared_ptr<PermissionContext> context)
      : context_(std::move(context)) {}
  GuardedSignals(const GuardedSignals&) = delete;
  GuardedSignals& operator=(const GuardedSignals&) = delete;

  // The host tells whose processes there are: "@children" for one that this
  // context started, else the id of the app that it belongs to. `pidfd`, a
  // descriptor of the process, is duplicated. EBADF, EMFILE, EINVAL.
  int Add(pid_t pid, int pidfd, absl::string_view whose);
  // Once it was waited for: its number may be given away from then on.
  void Remove(pid_t pid);

  // kill(2) of one process. A group, or all processes, is EPERM: each of them
  // is somebody's. Signal 0 asks whether there is such a process, which is
  // decided as well. ENOSYS where there are no descriptors of processes.
  SignalStatus Kill(pid_t pid, int signal,
                    absl::Time deadline = absl::InfiniteFuture());

 private:
  struct Known {
    fs::FileDescriptor pidfd;
    std::string whose;
  };
  // A descriptor of the process of that number, and whose it is. -1: errno.
  int Open(pid_t pid, std::string* whose);

  const std::shared_ptr<PermissionContext> context_;
  internal::Mutex mutex_;
  std::map<pid_t, Known> known_ POSTERN_GUARDED_BY(mutex_);
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_GUARDED_SIGNALS_H_
