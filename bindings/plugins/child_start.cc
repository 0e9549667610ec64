#include "bindings/plugins/child_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace postern {
namespace plugins {
namespace {

// All of this runs between fork and exec, perhaps in a program with threads:
// system calls only.

constexpr int kFailure = 3;

[[noreturn]] void Fail(int fd) {
  const int error = errno;
  // Nothing is left to be done if this fails: the parent sees an exit.
  if (write(fd, &error, sizeof(error)) < 0) _exit(126);
  _exit(127);
}

void CloseFrom(int first, int failure) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) Fail(failure);
  for (rlim_t fd = first; fd < files.rlim_cur; ++fd) {
    close(static_cast<int>(fd));
  }
}

void ResetSignals() {
  // Zeros say SIG_DFL, whatever the order of the kernel's struct. glibc's own
  // function leaves out the two signals that it keeps for itself.
  const unsigned long action[8] = {};
  for (int number = 1; number < NSIG; ++number) {
    syscall(SYS_rt_sigaction, number, action, nullptr, sizeof(uint64_t));
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Leaves 0 to 2 and the one that reports failure.
void ArrangeDescriptors(const ChildStart& start) {
  const int failure = fcntl(start.failure, F_DUPFD_CLOEXEC, 16);
  if (failure < 0) Fail(start.failure);
  if (dup2(start.null, 0) < 0 || dup2(start.output, 1) < 0 ||
      dup2(start.error_output, 2) < 0 ||
      dup3(failure, kFailure, O_CLOEXEC) < 0) {
    Fail(failure);
  }
  CloseFrom(kFailure + 1, kFailure);
}

[[noreturn]] void Run(const ChildStart& start) {
  ResetSignals();
  if (setsid() < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    Fail(start.failure);
  }
  const int entered =
      start.directory < 0 ? chdir("/") : fchdir(start.directory);
  if (entered != 0) Fail(start.failure);
  ArrangeDescriptors(start);
  const rlimit no_core = {0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) Fail(kFailure);
  for (const char* const* path = start.paths; *path != nullptr; ++path) {
    execve(*path, start.argv, start.envp);
    if (errno != ENOENT) break;
  }
  Fail(kFailure);
}

}  // namespace

pid_t StartChild(const ChildStart& start) {
  // A signal handler of the host must not run in the child.
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  const pid_t child = fork();
  if (child == 0) Run(start);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  errno = error;
  return child;
}

}  // namespace plugins
}  // namespace postern
