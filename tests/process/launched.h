#ifndef POSTERN_TESTS_PROCESS_LAUNCHED_H_
#define POSTERN_TESTS_PROCESS_LAUNCHED_H_

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "process/child.h"
#include "process/launcher.h"

namespace postern {
namespace process {

// A plan for a program of this machine, and what it needs to stay open.
struct Launched {
  explicit Launched(const std::string& path, std::vector<std::string> args = {})
      : program(open(path.c_str(), O_PATH | O_CLOEXEC)) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    output = fs::FileDescriptor(ends[0]);
    input = fs::FileDescriptor(ends[1]);
    plan.program = program.get();
    plan.program_name = path;
    plan.argv = {path};
    plan.argv.insert(plan.argv.end(), args.begin(), args.end());
    plan.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
    plan.descriptors = {{input.get(), 1}};
    const char* const shares = getenv("POSTERN_TEST_SHARES_MEMORY");
    plan.shares_memory = shares != nullptr && *shares != '\0';
  }
  static Launched Shell(const std::string& script) {
    return Launched("/bin/sh", {"-c", script});
  }

  absl::StatusOr<Child> Start() {
    absl::StatusOr<Child> child = Launch(plan, &report);
    input = fs::FileDescriptor();
    return child;
  }
  // Runs it to its end. What it printed is in `printed`.
  ChildEvent Run() {
    absl::StatusOr<Child> child = Start();
    if (!child.ok()) {
      ADD_FAILURE() << child.status();
      return ChildEvent();
    }
    absl::StatusOr<ChildEvent> event =
        child->Wait(absl::Now() + absl::Seconds(30));
    ReadAll();
    EXPECT_TRUE(event.ok()) << event.status();
    return event.ok() ? *std::move(event) : ChildEvent();
  }
  void ReadAll() {
    char text[4096];
    ssize_t got;
    while ((got = read(output.get(), text, sizeof(text))) > 0) {
      printed.append(text, got);
    }
  }

  LaunchPlan plan;
  fs::FileDescriptor program;
  fs::FileDescriptor output;
  fs::FileDescriptor input;
  LaunchReport report;
  std::string printed;
};

// Runs `body` in a process from which system calls are hidden.
inline void Hiding(const std::vector<int>& calls,
                   const std::function<void()>& body) {
  std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
  for (const int call : calls) {
    filter.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const pid_t child = fork();
  if (child == 0) {
    const sock_fprog program = {static_cast<unsigned short>(filter.size()),
                                filter.data()};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    EXPECT_EQ(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// Whether a process is no more, or a zombie, within some seconds.
inline bool Ends(int process) {
  for (int i = 0; i < 250; ++i) {
    std::ifstream stat(absl::StrCat("/proc/", process, "/stat"));
    std::string line;
    std::getline(stat, line);
    if (line.empty() || line.find(") Z") != std::string::npos) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

// Reads a process id once it is there.
inline int ReadId(const std::string& file) {
  int id = 0;
  for (int i = 0; i < 500 && id == 0; ++i) {
    std::ifstream(file) >> id;
    if (id == 0) absl::SleepFor(absl::Milliseconds(20));
  }
  return id;
}

}  // namespace process
}  // namespace postern

#endif  // POSTERN_TESTS_PROCESS_LAUNCHED_H_
