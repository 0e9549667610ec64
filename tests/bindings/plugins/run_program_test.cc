#include "bindings/plugins/run_program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>  // NOLINT: programs on several threads
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace postern {
namespace plugins {
namespace {

ProgramRequest Request(const std::string& program,
                       std::vector<std::string> args = {}) {
  ProgramRequest request;
  request.program = program;
  request.args = std::move(args);
  request.deadline = absl::Now() + absl::Seconds(20);
  return request;
}

ProgramResult RunOk(const ProgramRequest& request) {
  absl::StatusOr<ProgramResult> result = RunProgram(request);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : ProgramResult();
}

ProgramResult Shell(const std::string& script) {
  return RunOk(Request("sh", {"-c", script}));
}

TEST(RunProgramTest, GivesStatusAndBothOutputs) {
  const ProgramResult result = Shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
  EXPECT_FALSE(result.truncated);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(Shell("kill -9 $$").status, 137);
}

TEST(RunProgramTest, ArgumentsAreNoShell) {
  const std::vector<std::string> args = {"$HOME", "`id`", "a b", "*",
                                         ";",     "",     "-n",  "\"'"};
  EXPECT_EQ(RunOk(Request("printf", {"%s\n", "$(id)", "a b", "*"})).output,
            "$(id)\na b\n*\n");
  std::vector<std::string> all = {"[%s]"};
  all.insert(all.end(), args.begin(), args.end());
  EXPECT_EQ(RunOk(Request("printf", all)).output,
            "[$HOME][`id`][a b][*][;][][-n][\"']");
}

TEST(RunProgramTest, OnlyBareNamesOfTheFixedPath) {
  // A program of the current directory, of an own PATH, or by its path.
  ASSERT_EQ(setenv("PATH", ::testing::TempDir().c_str(), 1), 0);
  const std::string own = ::testing::TempDir() + "/own_program";
  std::ofstream(own) << "#!/bin/sh\necho own\n";
  ASSERT_EQ(chmod(own.c_str(), 0755), 0);
  for (const char* name :
       {"own_program", "./own_program", "/usr/bin/du", "bin/du", "", ".", "..",
        "../bin/du", "DU", "du ", " du", "du\n", "no_such_program", "/"}) {
    EXPECT_EQ(RunProgram(Request(name)).status().code(),
              absl::StatusCode::kNotFound)
        << name;
  }
  EXPECT_EQ(RunProgram(Request(own)).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(RunProgram(Request(std::string(300, 'x'))).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(RunOk(Request("echo", {"x"})).output, "x\n");
}

TEST(RunProgramTest, BadArgumentsAreErrors) {
  for (const ProgramRequest& request :
       {Request(std::string("du\0", 3)),
        Request("echo", {std::string("a\0b", 3)}),
        Request("echo", {std::string(200000, 'x')}),
        Request("echo", std::vector<std::string>(2000, "x"))}) {
    EXPECT_EQ(RunProgram(request).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(RunProgramTest, TheEnvironmentIsFixed) {
  for (const char* name :
       {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "GCONV_PATH", "BASH_ENV",
        "ENV", "IFS", "NODE_OPTIONS", "PYTHONPATH", "HOME", "SECRET"}) {
    setenv(name, "/nonexistent/x", 1);
  }
  const std::string output = RunOk(Request("env")).output;
  EXPECT_EQ(output, "PATH=/usr/bin:/bin\nLC_ALL=C\nLANG=C\n");
}

TEST(RunProgramTest, OnlyThreeDescriptorsReachTheChild) {
  // Not closed on exec, as a careless host has them.
  const int leaked = open("/etc/passwd", O_RDONLY);
  const int high = fcntl(leaked, F_DUPFD, 500);
  ASSERT_GT(high, 0);
  const ProgramResult result = Shell(
      "for f in /proc/self/fd/*; do echo \"${f##*/}\"; done; cat; echo end");
  // The shell itself opens the directory for the glob.
  for (absl::string_view line : absl::StrSplit(result.output, '\n')) {
    EXPECT_NE(line, std::to_string(high));
  }
  const ProgramResult listed = RunOk(Request("ls", {"/proc/self/fd"}));
  EXPECT_EQ(listed.output, "0\n1\n2\n3\n");  // 3 is what ls opened
  EXPECT_NE(result.output.find("end\n"), std::string::npos);
  close(leaked);
  close(high);
}

TEST(RunProgramTest, StartsInTheDirectory) {
  const int directory = open("/usr/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
  ProgramRequest request = Request("pwd", {"-P"});
  EXPECT_EQ(RunOk(request).output, "/\n");
  request.directory = directory;
  EXPECT_EQ(RunOk(request).output, "/usr/bin\n");
  close(directory);
}

TEST(RunProgramTest, OutputIsCutOffAndTheProgramGoesOn) {
  ProgramRequest request =
      Request("sh", {"-c", "head -c 3000000 /dev/zero; echo e >&2; exit 3"});
  request.max_output_bytes = 1000;
  const ProgramResult result = RunOk(request);
  EXPECT_EQ(result.output, std::string(1000, '\0'));
  EXPECT_EQ(result.error_output, "e\n");
  EXPECT_TRUE(result.truncated);
  EXPECT_EQ(result.status, 3);
}

TEST(RunProgramTest, TheDeadlineKillsTheGroup) {
  const std::string pid_file = ::testing::TempDir() + "/grandchild";
  ProgramRequest request =
      Request("sh", {"-c", absl::StrCat("sleep 30 & echo $! > ", pid_file,
                                        "; trap '' TERM INT HUP; sleep 30")});
  request.deadline = absl::Now() + absl::Milliseconds(500);
  const absl::Time start = absl::Now();
  const ProgramResult result = RunOk(request);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.status, 137);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  int grandchild = 0;
  std::ifstream(pid_file) >> grandchild;
  ASSERT_GT(grandchild, 1);
  // It is dead, or a zombie that its new parent has not reaped yet.
  for (int i = 0; i < 100 && kill(grandchild, 0) == 0; ++i) {
    std::ifstream stat(absl::StrCat("/proc/", grandchild, "/stat"));
    std::string line;
    std::getline(stat, line);
    if (line.find(") Z") != std::string::npos) return;
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(kill(grandchild, 0), -1);
}

TEST(RunProgramTest, BackgroundProcessesEndWithTheProgram) {
  const absl::Time start = absl::Now();
  const ProgramResult result = Shell("sleep 30 & echo started");
  EXPECT_EQ(result.output, "started\n");
  EXPECT_FALSE(result.timed_out);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST(RunProgramTest, ClosedOutputIsNoEnd) {
  const ProgramResult result = Shell("exec >&- 2>&-; sleep 0.3; exit 5");
  EXPECT_EQ(result.status, 5);
}

TEST(RunProgramTest, LeavesNoZombie) {
  Shell("exit 0");
  EXPECT_FALSE(RunProgram(Request("no_such_program")).ok());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

int DescriptorCount() {
  DIR* const folder = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

TEST(RunProgramTest, LeavesNoDescriptor) {
  const int before = DescriptorCount();
  for (int i = 0; i < 5; ++i) {
    Shell("exit 0");
    EXPECT_FALSE(RunProgram(Request("no_such_program")).ok());
  }
  EXPECT_EQ(DescriptorCount(), before);
}

TEST(RunProgramTest, SignalsAndSessionAreTheChildsOwn) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  const ProgramResult result = RunOk(Request(
      "grep", {"-E", "^(SigBlk|SigIgn|NoNewPrivs)", "/proc/self/status"}));
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(result.output,
            "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
            "NoNewPrivs:\t1\n");
  const ProgramResult group = Shell("ps -o sid= -p $$ 2>/dev/null; echo $$");
  const std::vector<std::string> lines = absl::StrSplit(group.output, '\n');
  if (lines.size() >= 3) {
    EXPECT_EQ(std::stoi(lines[0]), std::stoi(lines[1]));
  }
}

TEST(RunProgramTest, WorksWithClosedStandardDescriptors) {
  const int in = dup(0), out = dup(1);
  close(0);
  close(1);
  const ProgramResult result = Shell("echo out; cat; echo err >&2");
  dup2(in, 0);
  dup2(out, 1);
  close(in);
  close(out);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
}

TEST(RunProgramTest, WorksFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int j = 0; j < 10; ++j) {
        const std::string text = absl::StrCat(i, ".", j);
        EXPECT_EQ(RunOk(Request("echo", {text})).output, text + "\n");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace plugins
}  // namespace postern
