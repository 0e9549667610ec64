#include "bindings/plugins/run_program.h"

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
#include "tests/descriptor_count.h"

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

// Waits until a process is dead, or a zombie that its new parent has not reaped
// yet.
bool Ends(int process) {
  for (int i = 0; i < 250; ++i) {
    if (kill(process, 0) != 0) return true;
    std::ifstream stat(absl::StrCat("/proc/", process, "/stat"));
    std::string line;
    std::getline(stat, line);
    if (line.find(") Z") != std::string::npos) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

// Reads a process id once it is there.
int ReadId(const std::string& file) {
  int id = 0;
  for (int i = 0; i < 500 && id == 0; ++i) {
    std::ifstream(file) >> id;
    if (id == 0) absl::SleepFor(absl::Milliseconds(20));
  }
  return id;
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
  EXPECT_EQ(RunOk(request).output, "/proc/tty/ldisc\n");
  request.directory = directory;
  EXPECT_EQ(RunOk(request).output, "/usr/bin\n");
  close(directory);
  // Whether because it is none or because it is closed to this user.
  request.directory = open("/etc/passwd", O_PATH | O_CLOEXEC);
  EXPECT_EQ(RunProgram(request).status().message(),
            "cannot enter the folder: Not a directory");
  close(request.directory);
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
  const int grandchild = ReadId(pid_file);
  ASSERT_GT(grandchild, 1);
  EXPECT_TRUE(Ends(grandchild));
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

TEST(RunProgramTest, TheFolderIsEmptyAndReadOnly) {
  EXPECT_EQ(RunOk(Request("ls", {"-A"})).output, "");
  EXPECT_NE(RunOk(Request("touch", {"x"})).status, 0) << "root too";
  EXPECT_NE(RunOk(Request("touch", {"../x"})).status, 0);
}

TEST(RunProgramTest, AHostThatIgnoresItsChildrenGetsTheStatus) {
  signal(SIGCHLD, SIG_IGN);
  const absl::Time start = absl::Now();
  const ProgramResult ended = Shell("exit 7");
  ProgramRequest late = Request("sleep", {"30"});
  late.deadline = absl::Now() + absl::Milliseconds(200);
  const ProgramResult killed = RunOk(late);
  signal(SIGCHLD, SIG_DFL);
  EXPECT_EQ(ended.status, 7);
  EXPECT_FALSE(ended.timed_out);
  EXPECT_EQ(killed.status, 137);
  EXPECT_TRUE(killed.timed_out);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

void ReapAll(int) {
  const int error = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  errno = error;
}

TEST(RunProgramTest, AHostThatWaitsForEveryChildGetsTheStatus) {
  signal(SIGCHLD, ReapAll);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Shell("exit 7").status, 7);
  signal(SIGCHLD, SIG_DFL);
}

// A host in a process of its own, with a program that has a child.
struct HostProcess {
  int host = 0;
  int program = 0;
  int grandchild = 0;
};

HostProcess StartHost(const std::string& name, absl::Duration time) {
  const std::string file = absl::StrCat(::testing::TempDir(), "/", name);
  HostProcess process;
  process.host = fork();
  if (process.host == 0) {
    ProgramRequest request = Request(
        "sh", {"-c", absl::StrCat("sleep 60 & echo $! > ", file, ".grandchild;",
                                  "echo $$ > ", file, "; wait")});
    request.deadline = absl::Now() + time;
    static_cast<void>(RunProgram(request));
    _exit(0);
  }
  process.program = ReadId(file);
  process.grandchild = ReadId(file + ".grandchild");
  EXPECT_GT(process.program, 1);
  EXPECT_GT(process.grandchild, 1);
  return process;
}

TEST(RunProgramTest, ProgramsEndWithTheHost) {
  for (const int number : {SIGKILL, SIGTERM}) {
    const HostProcess process =
        StartHost(absl::StrCat("killed", number), absl::Seconds(50));
    EXPECT_EQ(kill(process.program, 0), 0) << "it runs";
    ASSERT_EQ(kill(process.host, number), 0);
    EXPECT_TRUE(Ends(process.program));
    EXPECT_TRUE(Ends(process.grandchild));
    waitpid(process.host, nullptr, 0);
  }
}

TEST(RunProgramTest, TheDeadlineHoldsWhileTheHostIsStopped) {
  const HostProcess process = StartHost("stopped", absl::Seconds(2));
  ASSERT_EQ(kill(process.host, SIGSTOP), 0);
  EXPECT_TRUE(Ends(process.program));
  EXPECT_TRUE(Ends(process.grandchild));
  ASSERT_EQ(kill(process.host, SIGCONT), 0);
  int status = -1;
  waitpid(process.host, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(RunProgramTest, AProgramThatTurnsOnItsKeeperEndsWithIt) {
  const std::string file = ::testing::TempDir() + "/turns";
  const absl::StatusOr<ProgramResult> killed = RunProgram(
      Request("sh", {"-c", absl::StrCat("echo $$ > ", file,
                                        "; kill -KILL $PPID; exec sleep 60")}));
  EXPECT_EQ(killed.status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(Ends(ReadId(file)));
  // Stopped, it cannot keep the deadline: the host does, a little later.
  ProgramRequest stops =
      Request("sh", {"-c", "kill -STOP $PPID; exec sleep 60"});
  stops.deadline = absl::Now() + absl::Milliseconds(300);
  const ProgramResult result = RunOk(stops);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.status, 137);
}

TEST(RunProgramTest, LeavesNoZombie) {
  Shell("exit 0");
  EXPECT_FALSE(RunProgram(Request("no_such_program")).ok());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(RunProgramTest, LeavesNoDescriptor) {
  const int before = testing::DescriptorCount();
  for (int i = 0; i < 5; ++i) {
    Shell("exit 0");
    EXPECT_FALSE(RunProgram(Request("no_such_program")).ok());
  }
  EXPECT_EQ(testing::DescriptorCount(), before);
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
