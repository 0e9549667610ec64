#include "process/signal_safe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define POSTERN_WITH_TSAN
// Of the sanitizer's runtime, which has no header for it.
extern "C" void __tsan_ignore_thread_begin();
#endif
#endif

namespace postern {
namespace process {
namespace {

constexpr unsigned kCloseRangeCloexec = 1 << 2;  // CLOSE_RANGE_CLOEXEC

// The kernel's struct sigaction begins with the handler, whatever the order of
// the rest (x86, arm64).
struct KernelAction {
  uintptr_t handler;
  unsigned long rest[7];
};

void CloseOne(int fd, Closing closing) {
  if (closing == Closing::kNow) {
    close(fd);
  } else {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

// For kernels before 5.11, and filters that hide close_range(2).
bool CloseOneByOne(unsigned first, unsigned last, Closing closing) {
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return false;
  // Up to the hard limit: the soft one may have been lowered since.
  const rlim_t end = std::min<rlim_t>(files.rlim_max, 1 << 20);
  for (rlim_t fd = first; fd <= last && fd < end; ++fd) {
    CloseOne(static_cast<int>(fd), closing);
  }
  return true;
}

bool CloseBetween(unsigned first, unsigned last, Closing closing) {
  if (first > last) return true;
#ifdef SYS_close_range
  const unsigned flags = closing == Closing::kOnExec ? kCloseRangeCloexec : 0;
  if (syscall(SYS_close_range, first, last, flags) == 0) return true;
#endif
  return CloseOneByOne(first, last, closing);
}

}  // namespace

void ForgetOtherThreads() {
#ifdef POSTERN_WITH_TSAN
  __tsan_ignore_thread_begin();
#endif
}

void EndChild(int status) {
  while (true) syscall(SYS_exit_group, status);
}

void ResetSignalActions(bool keep_ignored) {
  const KernelAction standard = {};  // SIG_DFL
  for (int number = 1; number < NSIG; ++number) {
    // glibc's own function leaves out the two signals that it keeps.
    KernelAction old = {};
    syscall(SYS_rt_sigaction, number, nullptr, &old, sizeof(uint64_t));
    const bool ignored = old.handler == reinterpret_cast<uintptr_t>(SIG_IGN);
    if (old.handler == reinterpret_cast<uintptr_t>(SIG_DFL) ||
        (ignored && keep_ignored && number != SIGCHLD)) {
      continue;
    }
    syscall(SYS_rt_sigaction, number, &standard, nullptr, sizeof(uint64_t));
  }
}

void UnblockSignals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool CloseOthers(const int* kept, size_t count, Closing closing) {
  unsigned next = 0;
  for (size_t i = 0; i < count; ++i) {
    const unsigned fd = static_cast<unsigned>(kept[i]);
    if (fd > 0 && !CloseBetween(next, fd - 1, closing)) return false;
    next = fd + 1;
  }
  return CloseBetween(next, UINT_MAX, closing);
}

bool SetRlimit(int resource, uint64_t soft, uint64_t hard) {
  const auto which = static_cast<__rlimit_resource_t>(resource);
  rlimit old;
  if (getrlimit(which, &old) != 0) return false;
  rlimit limit;
  limit.rlim_max = std::min<rlim_t>(hard, old.rlim_max);
  limit.rlim_cur = std::min<rlim_t>(soft, limit.rlim_max);
  return setrlimit(which, &limit) == 0;
}

size_t ReadFromStart(int fd, char* text, size_t size) {
  ssize_t got = -1;
  if (fd >= 0) {
    do {
      got = pread(fd, text, size - 1, 0);
    } while (got < 0 && errno == EINTR);
  }
  const size_t length = got > 0 ? static_cast<size_t>(got) : 0;
  text[length] = '\0';
  return length;
}

uint64_t LeadingNumber(const char* text) {
  uint64_t number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    number = number * 10 + static_cast<uint64_t>(*text - '0');
  }
  return number;
}

uint64_t NumberAfter(const char* text, const char* key) {
  const size_t length = strlen(key);
  while (*text != '\0') {
    if (strncmp(text, key, length) == 0) {
      const char* value = text + length;
      if (*value == ':') ++value;
      if (*value == ' ' || *value == '\t') {
        while (*value == ' ' || *value == '\t') ++value;
        return LeadingNumber(value);
      }
    }
    while (*text != '\0' && *text != '\n') ++text;
    if (*text == '\n') ++text;
  }
  return 0;
}

size_t WriteNumber(uint64_t number, char* to) {
  char reversed[24];
  size_t length = 0;
  do {
    reversed[length++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  for (size_t i = 0; i < length; ++i) to[i] = reversed[length - 1 - i];
  to[length] = '\0';
  return length;
}

int VisitNumbers(int fd, void (*visit)(pid_t, void*), void* argument) {
  char text[512];
  off_t at = 0;
  int count = 0;
  uint64_t number = 0;
  bool digits = false;
  while (true) {
    const ssize_t got = pread(fd, text, sizeof(text), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return count;
    at += got;
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        number = number * 10 + static_cast<uint64_t>(text[i] - '0');
        digits = true;
        continue;
      }
      // 0 stands for a process of another pid namespace.
      if (digits && number > 0) visit(static_cast<pid_t>(number), argument);
      count += digits ? 1 : 0;
      number = 0;
      digits = false;
    }
  }
}

int64_t MonotonicNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace process
}  // namespace postern
