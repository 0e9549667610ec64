#include "bindings/plugins/child_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace postern {
namespace plugins {
namespace {

// All of this runs after a fork, perhaps of a program with threads: system
// calls only.

// Where the descriptors are while the keeper lives.
constexpr int kReport = 3;
constexpr int kDirectory = 4;
// Tells the keeper that the host died. Blocked, and so taken with
// sigtimedwait(): nothing is interrupted.
constexpr int kHostDied = SIGHUP;
constexpr int64_t kSecondNs = 1000000000;

[[noreturn]] void Fail(int report, int32_t at_folder = 0) {
  ChildReport failure;
  failure.error = errno;
  failure.at_folder = at_folder;
  // Nothing is left to be done if this fails: the host sees an end.
  if (write(report, &failure, sizeof(failure)) < 0) _exit(126);
  _exit(127);
}

void CloseFrom(int first, int report) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) Fail(report);
  for (rlim_t fd = first; fd < files.rlim_cur; ++fd) {
    close(static_cast<int>(fd));
  }
}

void ResetSignalActions() {
  // Zeros say SIG_DFL, whatever the order of the kernel's struct. glibc's own
  // function leaves out the two signals that it keeps for itself.
  const unsigned long action[8] = {};
  for (int number = 1; number < NSIG; ++number) {
    syscall(SYS_rt_sigaction, number, action, nullptr, sizeof(uint64_t));
  }
}

// Leaves 0 to 2, the report and the directory.
void ArrangeDescriptors(const ChildStart& start) {
  // First out of the way of the numbers that they get.
  const int report = fcntl(start.report, F_DUPFD_CLOEXEC, 16);
  const int directory = fcntl(start.directory, F_DUPFD_CLOEXEC, 16);
  if (report < 0 || directory < 0) Fail(start.report);
  if (dup2(start.null, 0) < 0 || dup2(start.output, 1) < 0 ||
      dup2(start.error_output, 2) < 0 || dup3(report, kReport, O_CLOEXEC) < 0 ||
      dup3(directory, kDirectory, O_CLOEXEC) < 0) {
    Fail(report);
  }
  CloseFrom(kDirectory + 1, kReport);
}

// The keeper holds a copy of the host's memory: nobody reads it by /proc, no
// core shows it, and nothing that it starts gains rights.
void Harden() {
  const rlimit no_core = {0, 0};
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      setrlimit(RLIMIT_CORE, &no_core) != 0) {
    Fail(kReport);
  }
}

// Asks for a signal when `parent` ends, which may have been before.
void FollowParent(pid_t parent, int signal) {
  if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0) Fail(kReport);
  if (getppid() != parent) _exit(126);
}

[[noreturn]] void RunProgram(const ChildStart& start, pid_t keeper) {
  FollowParent(keeper, SIGKILL);
  if (setsid() < 0) Fail(kReport);
  if (fchdir(kDirectory) != 0) Fail(kReport, /*at_folder=*/1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const char* const* path = start.paths; *path != nullptr; ++path) {
    execve(*path, start.argv, start.envp);
    if (errno != ENOENT) break;
  }
  Fail(kReport);
}

// Whether the program has ended. It stays to be reaped, so that its id and
// that of its group are still its own.
bool HasEnded(pid_t program) {
  siginfo_t info = {};
  return waitid(P_PID, program, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == program;
}

timespec Left(int64_t deadline_ns) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t left = deadline_ns - now.tv_sec * kSecondNs - now.tv_nsec;
  timespec out = {};
  if (left <= 0) return out;
  out.tv_sec = static_cast<time_t>(left / kSecondNs);
  out.tv_nsec = static_cast<long>(left % kSecondNs);
  return out;
}

// Waits for the program's end, the host's, or the deadline. True: the deadline.
bool WaitForEnd(const ChildStart& start, pid_t host, pid_t program) {
  sigset_t news;
  sigemptyset(&news);
  sigaddset(&news, SIGCHLD);
  sigaddset(&news, kHostDied);
  while (!HasEnded(program) && getppid() == host) {
    const timespec left = Left(start.deadline_ns);
    if (left.tv_sec == 0 && left.tv_nsec == 0) return true;
    sigtimedwait(&news, nullptr, &left);
  }
  return false;
}

// All signals are blocked: SIGCHLD stays pending until it is waited for.
[[noreturn]] void Keep(const ChildStart& start, pid_t host) {
  ResetSignalActions();
  ArrangeDescriptors(start);
  Harden();
  FollowParent(host, kHostDied);
  // Out of the reach of the host's terminal, which stops and ends its group.
  if (setsid() < 0) Fail(kReport);
  const pid_t self = getpid();
  const pid_t program = _Fork();  // the host's fork handlers are not ours
  if (program == 0) RunProgram(start, self);
  if (program < 0) Fail(kReport);
  // What reads the output has to see its end with the program's.
  for (int fd = 0; fd <= 2; ++fd) close(fd);
  ChildReport report;
  report.timed_out = WaitForEnd(start, host, program) ? 1 : 0;
  kill(-program, SIGKILL);
  kill(program, SIGKILL);  // setsid() may not have been reached yet
  int status = 0;
  while (waitpid(program, &status, 0) < 0 && errno == EINTR) {
  }
  report.status = status;
  if (write(kReport, &report, sizeof(report)) < 0) _exit(126);
  _exit(0);
}

}  // namespace

pid_t StartKeeper(const ChildStart& start) {
  // A signal handler of the host must not run in the child.
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  const pid_t host = getpid();
  const pid_t keeper = fork();
  if (keeper == 0) Keep(start, host);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  errno = error;
  return keeper;
}

}  // namespace plugins
}  // namespace postern
