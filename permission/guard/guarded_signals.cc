#include "permission/guard/guarded_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace postern {
namespace {

constexpr absl::string_view kSelf = "@self";
constexpr absl::string_view kOthers = "@others";

// Not in Debian 12's glibc for C++ without warnings; by number everywhere.
int OpenPidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

SignalStatus Failed(int error_number) {
  SignalStatus status;
  status.error_number = error_number;
  return status;
}

SignalStatus Refused(int error_number) {
  SignalStatus status = Failed(error_number);
  status.denied = true;
  return status;
}

}  // namespace

int GuardedSignals::Add(pid_t pid, int pidfd, absl::string_view whose) {
  if (pid <= 0 || whose.empty()) return EINVAL;
  fs::FileDescriptor copy(fcntl(pidfd, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return errno;
  internal::MutexLock lock(&mutex_);
  known_[pid] = {std::move(copy), std::string(whose)};
  return 0;
}

void GuardedSignals::Remove(pid_t pid) {
  internal::MutexLock lock(&mutex_);
  known_.erase(pid);
}

// Of what is known the descriptor that was given: it stays the process's own
// when the number is another one's.
int GuardedSignals::Open(pid_t pid, std::string* whose) {
  {
    internal::MutexLock lock(&mutex_);
    const auto it = known_.find(pid);
    if (it != known_.end()) {
      *whose = it->second.whose;
      return fcntl(it->second.pidfd.get(), F_DUPFD_CLOEXEC, 0);
    }
  }
  *whose = std::string(pid == getpid() ? kSelf : kOthers);
  return OpenPidfd(pid);
}

// Whose it is does not depend on whether there is such a process: what is not
// known is another's.
SignalStatus GuardedSignals::Kill(pid_t pid, int signal, absl::Time deadline) {
  if (pid <= 0) return Refused(EPERM);
  std::string whose;
  const fs::FileDescriptor pidfd(Open(pid, &whose));
  const int open_error = pidfd.valid() ? 0 : errno;
  const Decision decision = context_->Enforce(
      Access::Name(Permission::kProcessSignal, whose), deadline);
  if (!decision.allowed()) {
    SignalStatus status = Refused(decision.concealed() ? ESRCH : EPERM);
    status.decision = decision;
    status.whose = std::move(whose);
    return status;
  }
  if (open_error != 0) return Failed(open_error);
  SignalStatus status;
  if (syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) != 0) {
    status = Failed(errno);
  }
  status.whose = std::move(whose);
  return status;
}

}  // namespace postern
