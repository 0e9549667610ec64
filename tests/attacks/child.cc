#include "tests/attacks/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace testing {
namespace {

std::string Why(absl::string_view what) {
  return absl::StrCat(what, ": ", strerror(errno));
}

bool WriteTo(const char* file, const std::string& text) {
  const int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written =
      write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

[[noreturn]] void RunBody(const std::function<std::string()>& body,
                          unsigned seconds, int pipe) {
  // Killed with its own children's parent: nobody is left behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(seconds);
  const std::string skipped = body();
  const ssize_t written = write(pipe, skipped.data(), skipped.size());
  fflush(stdout);
  fflush(stderr);
  _exit(::testing::Test::HasFailure() || written < 0 ? 1 : 0);
}

}  // namespace

ChildResult RunInChild(const std::function<std::string()>& body,
                       unsigned seconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {false, ""};
  fflush(stdout);
  fflush(stderr);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    RunBody(body, seconds, ends[1]);
  }
  close(ends[1]);
  ChildResult result;
  char buffer[512];
  for (ssize_t size; (size = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    result.skipped.append(buffer, static_cast<size_t>(size));
  }
  close(ends[0]);
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child) return result;
  if (WIFSIGNALED(status)) {
    printf("the child was ended by signal %d\n", WTERMSIG(status));
  }
  result.passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return result;
}

std::string FailCall(int number, int error_number) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
      BPF_STMT(BPF_RET | BPF_K,
               SECCOMP_RET_ERRNO | static_cast<unsigned>(error_number)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program;
  program.len = sizeof(code) / sizeof(code[0]);
  program.filter = code;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    return Why("no seccomp filter");
  }
  return "";
}

std::string EnterMountNamespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
      return Why("no mount namespace");
    }
    if (!WriteTo("/proc/self/setgroups", "deny") ||
        !WriteTo("/proc/self/uid_map", absl::StrCat(user, " ", user, " 1")) ||
        !WriteTo("/proc/self/gid_map", absl::StrCat(group, " ", group, " 1"))) {
      return Why("no user namespace");
    }
  }
  return Mount("none", "/", nullptr, MS_REC | MS_PRIVATE);
}

std::string Mount(const std::string& source, const std::string& target,
                  const char* type, unsigned long flags) {
  return mount(source.c_str(), target.c_str(), type, flags, nullptr) == 0
             ? ""
             : Why(absl::StrCat("no mount of ",
                                type == nullptr ? "a directory" : type));
}

bool CanMakeDevices() {
  const char* base = getenv("TEST_TMPDIR");
  const std::string name = absl::StrCat(base == nullptr ? "/tmp" : base,
                                        "/postern_device_", getpid());
  if (mknod(name.c_str(), S_IFCHR | 0600, makedev(511, 77)) != 0) return false;
  return unlink(name.c_str()) == 0;
}

int CountOpenDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 512; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) ++count;
  }
  return count;
}

std::string ListOpenDescriptors() {
  std::string text;
  for (int fd = 0; fd < 512; ++fd) {
    char target[4096];
    const ssize_t size = readlink(absl::StrCat("/proc/self/fd/", fd).c_str(),
                                  target, sizeof(target));
    if (size < 0) continue;
    absl::StrAppend(&text, fd, " ",
                    absl::string_view(target, static_cast<size_t>(size)), "\n");
  }
  return text;
}

}  // namespace testing
}  // namespace postern
