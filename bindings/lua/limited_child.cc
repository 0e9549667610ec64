#include "bindings/lua/limited_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "process/signal_safe.h"

namespace postern {
namespace lua {
namespace {

constexpr int kOutput = 3;
constexpr int kDirectory = 4;

// ---- In the child, until it has its limits: system calls only. ----

[[noreturn]] void Fail() { process::EndChild(111); }

// Leaves 0 to 2 on /dev/null, 3 to write to, 4 the directory.
void ArrangeDescriptors(int output, int directory) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int out = fcntl(output, F_DUPFD_CLOEXEC, 16);
  const int dir = directory < 0 ? -1 : fcntl(directory, F_DUPFD_CLOEXEC, 16);
  if (null < 0 || out < 0 || (directory >= 0 && dir < 0)) Fail();
  const int high_null = fcntl(null, F_DUPFD_CLOEXEC, 16);
  for (int fd = 0; fd <= 2; ++fd) {
    if (dup2(high_null, fd) < 0) Fail();
  }
  if (dup2(out, kOutput) < 0) Fail();
  if (dir < 0) {
    close(kDirectory);
  } else if (dup2(dir, kDirectory) < 0) {
    Fail();
  }
  const int kept[] = {0, 1, 2, kOutput, kDirectory};
  if (!process::CloseOthers(kept, 5, process::Closing::kNow)) Fail();
}

// Bytes of address space in use, from the first number of /proc/self/statm.
size_t AddressSpaceInUse() {
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) Fail();
  char text[64] = {};
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (size <= 0) Fail();
  return strtoull(text, nullptr, 10) * static_cast<size_t>(getpagesize());
}

void Limit(int resource, rlim_t soft, rlim_t hard) {
  if (!process::SetRlimit(resource, soft, hard)) Fail();
}

void ApplyLimits(const ChildLimits& limits) {
  const rlim_t cpu = limits.cpu_seconds;
  const rlim_t memory = AddressSpaceInUse() + limits.memory_bytes;
  Limit(RLIMIT_CORE, 0, 0);
  Limit(RLIMIT_FSIZE, 0, 0);
  Limit(RLIMIT_NPROC, 0, 0);
  Limit(RLIMIT_NOFILE, 16, 16);
  Limit(RLIMIT_AS, memory, memory);
  Limit(RLIMIT_CPU, cpu, cpu + 1);
}

void BecomeChild(const ChildLimits& limits, pid_t parent, int output,
                 int directory) {
  process::ForgetOtherThreads();
  process::ResetSignalActions(/*keep_ignored=*/false);
  process::UnblockSignals();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) Fail();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) Fail();
  if (setsid() < 0) Fail();
  ArrangeDescriptors(output, directory);
  ApplyLimits(limits);
}

// ---- In the parent. ----

// Reads until the end or a limit. Returns why it stopped early, "" if not.
std::string ReadOutput(int fd, const ChildLimits& limits, std::string* output) {
  const absl::Time deadline = absl::Now() + limits.time;
  char buffer[16384];
  while (true) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) return "time limit reached";
    pollfd wait = {fd, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(left));
    if (ready <= 0) continue;  // a signal, or the deadline
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got == 0) return "";
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::StrCat("cannot read: ", strerror(errno));
    if (output->size() + got > limits.output_bytes) {
      return "output limit reached";
    }
    output->append(buffer, got);
  }
}

int Reap(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string DescribeEnd(int status) {
  if (WIFEXITED(status)) {
    if (WEXITSTATUS(status) == 0) return "";
    return absl::StrCat("ended with status ", WEXITSTATUS(status));
  }
  const int number = WTERMSIG(status);
  if (number == SIGXCPU) return "processor time limit reached";
  return absl::StrCat("ended by signal ", number);
}

}  // namespace

ChildResult RunInLimitedChild(const ChildLimits& limits, int directory,
                              absl::FunctionRef<void(int, int)> body) {
  ChildResult result;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    result.error = absl::StrCat("cannot make a pipe: ", strerror(errno));
    return result;
  }
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    BecomeChild(limits, parent, ends[1], directory);
    body(kOutput, directory < 0 ? -1 : kDirectory);
    process::EndChild(0);
  }
  close(ends[1]);
  if (child < 0) {
    result.error = absl::StrCat("cannot start a process: ", strerror(errno));
  } else {
    result.error = ReadOutput(ends[0], limits, &result.output);
    if (!result.error.empty()) kill(child, SIGKILL);
    const std::string end = DescribeEnd(Reap(child));
    if (result.error.empty()) result.error = end;
  }
  close(ends[0]);
  return result;
}

}  // namespace lua
}  // namespace postern
