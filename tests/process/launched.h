#ifndef POSTERN_TESTS_PROCESS_LAUNCHED_H_
#define POSTERN_TESTS_PROCESS_LAUNCHED_H_

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
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
