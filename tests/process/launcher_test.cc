#include "process/launcher.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>  // NOLINT: programs on several threads
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "process/capabilities.h"
#include "process/kernel_caps.h"
#include "process/memory_sharer.h"
#include "process/sanitized.h"
#include "tests/descriptor_count.h"
#include "tests/process/launched.h"

namespace postern {
namespace process {
namespace {

using Kind = ChildEvent::Kind;

std::string TempFile(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/", getpid(), name);
}

TEST(LauncherTest, RunsAProgramAndGivesItsStatus) {
  Launched launched = Launched::Shell("echo \"$0 $#\"; exit 7");
  const ChildEvent event = launched.Run();
  EXPECT_EQ(event.kind, Kind::kEnded);
  EXPECT_EQ(event.exit_status, 7);
  EXPECT_EQ(event.signal, 0);
  EXPECT_TRUE(event.reached.empty());
  EXPECT_EQ(launched.printed, "/bin/sh 0\n");
  EXPECT_EQ(EventText(event), "ended with status 7");
  EXPECT_EQ(StepsText(launched.report.steps),
            "session: done\ndirectory: done\ndescriptors: done\nlimits: done\n"
            "capabilities: done\nno-new-privileges: done\nstart: done\n");
}

TEST(LauncherTest, ASignalThatEndsTheProgramIsTold) {
  const ChildEvent event = Launched::Shell("kill -SEGV $$").Run();
  EXPECT_EQ(event.signal, SIGSEGV);
  EXPECT_EQ(event.exit_status, 128 + SIGSEGV);
}

TEST(LauncherTest, OnlyListedDescriptorsPass) {
  Launched launched =
      Launched::Shell("ls -l /proc/self/fd | grep -o '[0-9]* ->.*'");
  // Without close-on-exec, below and above the listed ones.
  std::vector<fs::FileDescriptor> leaks;
  for (int i = 0; i < 20; ++i) leaks.emplace_back(open("/etc", O_PATH));
  leaks.emplace_back(fcntl(leaks[0].get(), F_DUPFD, 500));
  launched.plan.descriptors.push_back({leaks[0].get(), 9});
  launched.Run();
  EXPECT_TRUE(absl::StrContains(launched.printed, "0 -> /dev/null\n"));
  EXPECT_TRUE(absl::StrContains(launched.printed, "2 -> /dev/null\n"));
  EXPECT_TRUE(absl::StrContains(launched.printed, "9 -> /etc\n"));
  // Those and standard output, and what ls itself reads.
  int lines = 0;
  for (const char c : launched.printed) lines += c == '\n' ? 1 : 0;
  EXPECT_EQ(lines, 5) << launched.printed;
}

TEST(LauncherTest, DescriptorsMayChangePlaces) {
  Launched launched = Launched::Shell("cat <&3; echo; cat <&4");
  const std::string one = TempFile("one"), two = TempFile("two");
  std::ofstream(one) << "one";
  std::ofstream(two) << "two";
  // The numbers of each other, and of the program.
  fs::FileDescriptor a(fcntl(open(one.c_str(), O_RDONLY), F_DUPFD, 300));
  fs::FileDescriptor b(fcntl(open(two.c_str(), O_RDONLY), F_DUPFD, 301));
  launched.plan.descriptors.push_back({a.get(), b.get()});
  launched.plan.descriptors.push_back({b.get(), a.get()});
  launched.plan.descriptors.push_back({a.get(), 3});
  launched.plan.descriptors.push_back({b.get(), 4});
  launched.plan.argv[2] = absl::StrCat("cat <&3; cat <&4; cat /dev/fd/",
                                       a.get(), " /dev/fd/", b.get());
  launched.Run();
  EXPECT_EQ(launched.printed, "onetwotwoone");
}

TEST(LauncherTest, TheEnvironmentIsThatOfThePlan) {
  setenv("POSTERN_TEST_LEAK", "1", 1);
  Launched launched("/usr/bin/env");
  launched.plan.environment = {"A=1", "B=x=y"};
  launched.Run();
  EXPECT_EQ(launched.printed, "A=1\nB=x=y\n");
}

TEST(LauncherTest, StartsInItsDirectory) {
  Launched root = Launched::Shell("pwd");
  root.Run();
  EXPECT_EQ(root.printed, "/\n");
  Launched etc = Launched::Shell("pwd");
  const fs::FileDescriptor directory(open("/etc", O_PATH | O_CLOEXEC));
  etc.plan.directory = directory.get();
  etc.Run();
  EXPECT_EQ(etc.printed, "/etc\n");
}

TEST(LauncherTest, NiceSignalsAndSessionAreTheChildsOwn) {
  signal(SIGPIPE, SIG_IGN);
  Launched launched = Launched::Shell(
      "nice; grep -E '^(SigBlk|SigIgn|NoNewPrivs)' /proc/self/status; "
      "cut -d' ' -f6 /proc/$$/stat; echo $$");
  launched.plan.nice = 7;
  launched.Run();
  signal(SIGPIPE, SIG_DFL);
  EXPECT_TRUE(absl::StartsWith(launched.printed,
                               "7\nSigBlk:\t0000000000000000\n"
                               "SigIgn:\t0000000000000000\nNoNewPrivs:\t1\n"))
      << launched.printed;
  const std::string tail =
      launched.printed.substr(launched.printed.rfind(":") + 4);
  const size_t middle = tail.find('\n');
  EXPECT_EQ(tail.substr(0, middle + 1), tail.substr(middle + 1))
      << "the session is its own: " << tail;
}

TEST(LauncherTest, RootKeepsTheCapabilitiesOfFilesAlone) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has capabilities";
  const std::string show = "grep -E '^Cap(Inh|Prm|Eff|Bnd)' /proc/self/status";
  const int nice = getpriority(PRIO_PROCESS, 0);
  // A lower niceness wants CAP_SYS_NICE.
  Launched launched = Launched::Shell(show + "; nice -n -1 nice 2>/dev/null");
  launched.Run();
  EXPECT_EQ(
      launched.printed,
      absl::StrCat("CapInh:\t0000000000000000\nCapPrm:\t000000000000041f\n"
                   "CapEff:\t000000000000041f\nCapBnd:\t000000000000041f\n",
                   nice, "\n"));
  Launched all =
      Launched::Shell(show + " | grep -c 000000000000041f; nice -n -1 nice");
  all.plan.capabilities = kAllCapabilities;
  all.Run();
  EXPECT_EQ(all.printed, absl::StrCat("0\n", nice - 1, "\n"));
}

TEST(LauncherTest, IgnoredSignalsStayIgnoredOnRequest) {
  signal(SIGHUP, SIG_IGN);
  Launched launched("/bin/grep", {"SigIgn", "/proc/self/status"});
  launched.plan.keep_ignored_signals = true;
  launched.Run();
  signal(SIGHUP, SIG_DFL);
  // Whoever runs the tests may have others ignored.
  const size_t last = launched.printed.find('\n');
  ASSERT_NE(last, std::string::npos) << launched.printed;
  EXPECT_TRUE(absl::StrContains("13579bdf", launched.printed[last - 1]))
      << "SIGHUP is the lowest bit: " << launched.printed;
}

TEST(LauncherTest, TakesTheIdsAndGroupsOfThePlan) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may change its ids";
  Launched launched = Launched::Shell("id -u; id -g; id -G; kill -0 $PPID");
  launched.plan.identity = Identity{65534, 65533, {65532}};
  launched.plan.descriptors.push_back({1, 2});
  const ChildEvent event = launched.Run();
  EXPECT_EQ(launched.printed, "65534\n65533\n65533 65532\n");
  EXPECT_NE(event.exit_status, 0) << "its keeper is another user's";
}

// Refuses uname(2) with EXDEV.
std::vector<sock_filter> RefuseUname() {
  return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

TEST(LauncherTest, OlderKernelsHaveOtherWays) {
  Hiding({SYS_clone3, 436 /* close_range */}, [] {
    const fs::FileDescriptor leak(open("/etc", O_PATH));
    Launched launched("/bin/ls", {"/proc/self/fd"});
    launched.plan.own_cgroup = true;
    launched.plan.best_effort = true;
    launched.Run();
    EXPECT_EQ(launched.printed, "0\n1\n2\n3\n");
  });
}

TEST(LauncherTest, WhatIsHiddenIsUnavailableAndStopsAStart) {
  Hiding({446 /* landlock_restrict_self */}, [] {
    Launched launched = Launched::Shell("echo ran");
    launched.plan.landlock_rulesets = {launched.plan.program};
    const absl::Status status = launched.Start().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    Launched loose = Launched::Shell("echo ran");
    loose.plan.landlock_rulesets = {loose.plan.program};
    loose.plan.best_effort = true;
    loose.Run();
    EXPECT_EQ(loose.printed, "ran\n");
    EXPECT_TRUE(absl::StrContains(StepsText(loose.report.steps),
                                  "landlock: unavailable"));
  });
}

TEST(LauncherTest, TheFilterIsInForce) {
  Launched launched = Launched::Shell("uname || echo refused");
  launched.plan.syscall_filters = {RefuseUname(), RefuseUname()};
  launched.Run();
  EXPECT_EQ(launched.printed, "refused\n");
}

TEST(LauncherTest, NamespacesAndMasksAreInForce) {
  const KernelCaps caps = DetectKernelCaps();
  if (!caps.net_namespace || !caps.mount_namespace) {
    GTEST_SKIP() << "no namespaces of network and mounts here";
  }
  std::ofstream(TempFile("masked")) << "secret\n";
  const std::string file =
      std::filesystem::canonical(TempFile("masked")).string();
  Launched launched = Launched::Shell(
      absl::StrCat("cat ", file, " 2>/dev/null; grep -c : /proc/net/dev"));
  launched.plan.namespaces.user = geteuid() != 0;
  launched.plan.namespaces.network = launched.plan.namespaces.mount = true;
  launched.plan.namespaces.masks = {{file, Mask::Kind::kHidden}};
  const ChildEvent event = launched.Run();
  EXPECT_EQ(event.exit_status, 0);
  EXPECT_EQ(launched.printed, "1\n") << "nothing, and loopback alone";
}

constexpr uint64_t kLandlockWriteFile = 1 << 1;

int WritesRefused() {
  const uint64_t handled = kLandlockWriteFile;
  return static_cast<int>(syscall(444, &handled, sizeof(handled), 0));
}

TEST(LauncherTest, LandlockIsInForce) {
  const fs::FileDescriptor ruleset(WritesRefused());
  if (!ruleset.valid()) GTEST_SKIP() << "no Landlock";
  const std::string file = TempFile("landlock");
  Launched launched = Launched::Shell(
      absl::StrCat("echo x > ", file, " || echo refused; cat ", file));
  std::ofstream(file) << "old\n";
  launched.plan.landlock_rulesets = {ruleset.get(), ruleset.get()};
  launched.Run();
  EXPECT_EQ(launched.printed, "refused\nold\n");
}

TEST(LauncherTest, AScriptIsReadFromItsDescriptor) {
  const std::string file = TempFile("script");
  std::ofstream(file) << "#!/bin/sh\necho \"ran $1\"\n";
  chmod(file.c_str(), 0700);
  Launched launched(file, {"x"});
  launched.program =
      fs::FileDescriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  launched.plan.program = launched.program.get();
  launched.plan.script_descriptor = 7;
  launched.Run();
  EXPECT_EQ(launched.printed, "ran x\n");
}

TEST(LauncherTest, NothingIsLeftOfAStartThatFails) {
  const std::string text = TempFile("text");
  std::ofstream(text) << "no program";
  chmod(text.c_str(), 0700);
  const int before = testing::DescriptorCount();
  const struct {
    std::string program;
    std::function<void(LaunchPlan*)> change;
    const char* said;
  } kCases[] = {
      {text, [](LaunchPlan*) {}, "start: Exec format error"},
      {"/etc/passwd", [](LaunchPlan*) {}, "start: Permission denied"},
      {"/bin/true", [](LaunchPlan* p) { p->directory = p->program; },
       "directory: Not a directory"},
      {"/bin/true", [](LaunchPlan* p) { p->landlock_rulesets = {p->program}; },
       "landlock: "},
      {"/bin/true",
       [](LaunchPlan* p) {
         p->descriptors = {{900, 1}};
       },
       "descriptors: Bad file descriptor"},
      {"/bin/true", [](LaunchPlan* p) { p->syscall_filters.emplace_back(1); },
       "syscall-filter: Invalid argument"},
      {"/no/such", [](LaunchPlan*) {}, "expected the program's descriptor"},
  };
  for (const auto& c : kCases) {
    Launched launched(c.program);
    c.change(&launched.plan);
    const absl::StatusOr<Child> child = launched.Start();
    EXPECT_FALSE(child.ok());
    EXPECT_TRUE(absl::StrContains(child.status().message(), c.said))
        << child.status();
  }
  EXPECT_EQ(testing::DescriptorCount(), before);
  EXPECT_EQ(waitpid(-1, nullptr, __WALL | WNOHANG), -1);
}

int MappingCount() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) ++count;
  return count;
}

bool SharesWhile(const LaunchPlan& plan, Launched* launched) {
  launched->plan = plan;
  const absl::StatusOr<Child> child = launched->Start();
  EXPECT_TRUE(child.ok()) << child.status();
  return FindMemorySharer() >= 0;
}

// Elsewhere the host or the program would suffer (CanShareMemory()).
TEST(LauncherTest, MemoryIsSharedOnRequestWhereItHarmsNobody) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer: nothing is shared";
  Launched launched = Launched::Shell("sleep 9");
  LaunchPlan plan = launched.plan;
  plan.shares_memory = false;
  EXPECT_FALSE(SharesWhile(plan, &launched));
  plan.shares_memory = true;
  if (!SharesWhile(plan, &launched)) GTEST_SKIP() << "nor where it may be";
  setenv("LD_PRELOAD", "/lib/preloaded.so", 1);
  EXPECT_FALSE(SharesWhile(plan, &launched));
  unsetenv("LD_PRELOAD");
  if (geteuid() != 0) return;
  LaunchPlan other = plan;
  other.identity = Identity{65534, 65533, {}};
  EXPECT_FALSE(SharesWhile(other, &launched));
  plan.namespaces.pid = true;
  EXPECT_FALSE(SharesWhile(plan, &launched));
}

TEST(LauncherTest, TheHostStaysDumpable) {
  Launched plain("/bin/true");
  Launched identity("/bin/true");
  if (geteuid() == 0) identity.plan.identity = Identity{65534, 65533, {}};
  Launched user("/bin/true");
  user.plan.namespaces.user = user.plan.namespaces.network = true;
  Launched cloned("/bin/true");
  cloned.plan.namespaces.user = cloned.plan.namespaces.pid = true;
  for (Launched* launched : {&plain, &identity, &user, &cloned}) {
    launched->plan.best_effort = true;
    launched->plan.shares_memory = true;
    launched->Run();
    EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1)
        << DescribePlan(launched->plan);
  }
}

TEST(LauncherTest, MemoryOfAStartIsGivenBack) {
  const auto start_some = [] {
    for (int i = 0; i < 10; ++i) {
      Launched("/bin/true").Run();
      EXPECT_FALSE(Launched("/etc/passwd").Start().ok());
      Launched killed = Launched::Shell("sleep 9");
      absl::StatusOr<Child> child = killed.Start();
      ASSERT_TRUE(child.ok()) << child.status();
      child->Kill();
    }
  };
  start_some();
  const int before = MappingCount();
  start_some();
  EXPECT_EQ(MappingCount(), before);
}

TEST(LauncherTest, WhatIsUnavailableIsLeftOutOnlyOnRequest) {
  Launched strict("/bin/true");
  strict.plan.limits.cpu_share = 0.5;
  strict.plan.cgroup_parent = "/no/such/group";
  const absl::StatusOr<Child> none = strict.Start();
  EXPECT_EQ(none.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(none.status().message(), "cpu-share"))
      << none.status();
  Launched loose = Launched::Shell("echo ran");
  loose.plan.limits = strict.plan.limits;
  loose.plan.cgroup_parent = strict.plan.cgroup_parent;
  loose.plan.best_effort = true;
  loose.Run();
  EXPECT_EQ(loose.printed, "ran\n");
  EXPECT_TRUE(absl::StrContains(StepsText(loose.report.steps),
                                "limits: unavailable (cpu-share: needs"))
      << StepsText(loose.report.steps);
}

// As root, and as an ordinary user in a user namespace.
Launched InNamespaces(const std::string& script) {
  Launched launched = Launched::Shell(script);
  launched.plan.namespaces.user = geteuid() != 0;
  launched.plan.namespaces.network = true;
  launched.plan.best_effort = true;
  return launched;
}

bool EnteredThem(const LaunchReport& report) {
  return report.steps[static_cast<int>(Step::kNamespaces)].outcome ==
         Outcome::kDone;
}

TEST(LauncherTest, TheWorkingDirectoryLiesBeneathTheMasks) {
  Launched launched = InNamespaces("pwd; id -u; cat hidden; echo end");
  ASSERT_EQ(mkdir(TempFile("beneath").c_str(), 0700), 0);
  const std::string folder =
      std::filesystem::canonical(TempFile("beneath")).string();
  std::ofstream(folder + "/hidden") << "secret";
  const fs::FileDescriptor directory(open(folder.c_str(), O_PATH | O_CLOEXEC));
  launched.plan.directory = directory.get();
  launched.plan.namespaces.mount = true;
  launched.plan.namespaces.masks = {{folder + "/hidden", Mask::Kind::kHidden},
                                    {folder + "/none", Mask::Kind::kHidden}};
  launched.Run();
  if (!EnteredThem(launched.report)) GTEST_SKIP() << "no namespaces";
  EXPECT_EQ(launched.printed, absl::StrCat(folder, "\n", geteuid(), "\nend\n"));
  EXPECT_EQ(launched.report.absent_masks,
            std::vector<std::string>{folder + "/none"});
}

TEST(LauncherTest, TheProgramIsTheFirstInAPidNamespace) {
  Launched launched = InNamespaces("echo $$; sleep 60 & exit 3");
  launched.plan.namespaces.pid = true;
  const ChildEvent event = launched.Run();
  if (!EnteredThem(launched.report)) GTEST_SKIP() << "no namespaces";
  EXPECT_EQ(launched.printed, "1\n");
  EXPECT_EQ(event.exit_status, 3);
}

// ---- The tree. ----

// A program with a child, and a daemon in a session of its own whose parent
// ended.
Launched Family(const std::string& file) {
  return Launched::Shell(absl::StrCat(
      "sleep 61 & echo $! > ", file, ".child; (setsid sh -c 'echo $$ > ", file,
      ".daemon; exec sleep 62' &); until test -s ", file,
      ".daemon; do sleep 0.01; done; "));
}

TEST(LauncherTest, WhatTheProgramLeavesIsKilledDaemonsToo) {
  const std::string file = TempFile("leaves");
  Launched launched = Family(file);
  launched.plan.argv[2] += "exit 3";
  const ChildEvent event = launched.Run();
  EXPECT_EQ(event.exit_status, 3);
  EXPECT_EQ(event.left_over, 2);
  EXPECT_TRUE(Ends(ReadId(file + ".child")));
  EXPECT_TRUE(Ends(ReadId(file + ".daemon")));
}

TEST(LauncherTest, TerminateIsHeardByAllAndThenKills) {
  const std::string file = TempFile("terminate");
  Launched launched = Family(file);
  launched.plan.argv[2] +=
      absl::StrCat("trap 'echo heard' TERM; echo x > ", file,
                   ".ready; while :; do sleep 0.05; done");
  absl::StatusOr<Child> child = launched.Start();
  ASSERT_TRUE(child.ok()) << child.status();
  for (int i = 0; i < 500 && access((file + ".ready").c_str(), F_OK) != 0;
       ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  const absl::Time start = absl::Now();
  child->Terminate(absl::Milliseconds(300));
  const absl::StatusOr<ChildEvent> event =
      child->Wait(absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(290));
  EXPECT_EQ(event->signal, SIGKILL);
  EXPECT_TRUE(event->ended_by_order);
  launched.ReadAll();
  EXPECT_EQ(launched.printed, "heard\n");
  EXPECT_TRUE(Ends(ReadId(file + ".child")));
  EXPECT_TRUE(Ends(ReadId(file + ".daemon")));
}

TEST(LauncherTest, ASignalReachesTheProgram) {
  Launched launched = Launched::Shell(
      "trap 'exit 5' USR1; echo x; while :; do sleep 0.01; done");
  absl::StatusOr<Child> child = launched.Start();
  ASSERT_TRUE(child.ok()) << child.status();
  char byte;
  ASSERT_EQ(read(launched.output.get(), &byte, 1), 1);
  EXPECT_TRUE(child->Signal(SIGUSR1).ok());
  const absl::StatusOr<ChildEvent> event =
      child->Wait(absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->exit_status, 5);
  EXPECT_EQ(child->Signal(SIGUSR1).code(), absl::StatusCode::kNotFound);
}

TEST(LauncherTest, StopAndContinueAreTold) {
  Launched launched = Launched::Shell("kill -STOP $$; sleep 0.2; exit 4");
  absl::StatusOr<Child> child = launched.Start();
  ASSERT_TRUE(child.ok()) << child.status();
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  absl::StatusOr<ChildEvent> event = child->Next(deadline);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->kind, Kind::kStopped);
  EXPECT_EQ(event->signal, SIGSTOP);
  EXPECT_EQ(child->Next(absl::Now())->kind, Kind::kNone);
  EXPECT_TRUE(child->Signal(SIGCONT).ok());
  EXPECT_EQ(child->Next(deadline)->kind, Kind::kContinued);
  event = child->Next(deadline);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->exit_status, 4);
}

TEST(LauncherTest, TheTreeEndsWithItsChildObject) {
  const std::string file = TempFile("object");
  {
    Launched launched = Family(file);
    launched.plan.argv[2] += "wait";
    absl::StatusOr<Child> child = launched.Start();
    ASSERT_TRUE(child.ok()) << child.status();
    ReadId(file + ".daemon");
  }
  EXPECT_TRUE(Ends(ReadId(file + ".child")));
  EXPECT_TRUE(Ends(ReadId(file + ".daemon")));
}

TEST(LauncherTest, TheTreeEndsWithTheLauncher) {
  const std::string file = TempFile("launcher");
  const pid_t host = fork();
  if (host == 0) {
    Launched launched = Family(file);
    launched.plan.argv[2] += "wait";
    launched.Run();
    _exit(0);
  }
  const int child = ReadId(file + ".child");
  const int daemon = ReadId(file + ".daemon");
  ASSERT_EQ(kill(host, SIGKILL), 0);
  waitpid(host, nullptr, 0);
  EXPECT_TRUE(Ends(child));
  EXPECT_TRUE(Ends(daemon));
}

TEST(LauncherTest, AProgramThatKillsItsKeeperEndsWithIt) {
  Launched launched =
      Launched::Shell("sleep 0.1; kill -KILL $PPID; exec sleep 60");
  absl::StatusOr<Child> child = launched.Start();
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(child->Wait(absl::Now() + absl::Seconds(10)).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_TRUE(Ends(child->pid()));
}

// ---- The terminal. ----

// Launches into the terminal that it stands on, as a foreground job does, and
// stops with its program.
[[noreturn]] void RunJob(const std::string& script) {
  signal(SIGINT, SIG_IGN);
  signal(SIGTSTP, SIG_IGN);
  Launched launched = Launched::Shell(script);
  launched.plan.session = Session::kShared;
  launched.plan.descriptors = {{0, 0}, {1, 1}, {2, 2}};
  absl::StatusOr<Child> child = launched.Start();
  if (!child.ok()) _exit(100);
  while (true) {
    const absl::StatusOr<ChildEvent> event =
        child->Next(absl::InfiniteFuture());
    if (!event.ok()) _exit(101);
    if (event->kind == Kind::kEnded) _exit(event->exit_status);
    if (event->kind == Kind::kStopped) raise(SIGSTOP);
  }
}

// What a shell does for one job: brings it back when it was stopped.
[[noreturn]] void RunShell(const std::string& script) {
  signal(SIGTTOU, SIG_IGN);
  const pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);
    tcsetpgrp(0, getpid());
    RunJob(script);
  }
  setpgid(job, job);
  while (true) {
    int status = 0;
    waitpid(job, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    tcsetpgrp(0, job);
    kill(-job, SIGCONT);
  }
}

// Reads from a terminal until it says `text`.
bool Says(int terminal, const std::string& text) {
  std::string said;
  char buffer[256];
  ssize_t got;
  while (said.find(text) == std::string::npos &&
         (got = read(terminal, buffer, sizeof(buffer))) > 0) {
    said.append(buffer, got);
  }
  return said.find(text) != std::string::npos;
}

TEST(LauncherTest, TheTerminalStaysTheJobs) {
  int terminal = -1;
  const pid_t shell = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (shell < 0) GTEST_SKIP() << "no pseudo-terminals";
  if (shell == 0) {
    // A shell that waits in vfork(2) for a stopped child does not stop itself:
    // it starts one before.
    RunShell(
        "trap 'echo resized; stty size' WINCH; trap 'echo continued' CONT; "
        "trap 'exit 6' INT; sleep 60 & test -t 0 && echo ready; "
        "while :; do wait; done");
  }
  EXPECT_TRUE(Says(terminal, "ready"));
  const winsize size = {33, 77, 0, 0};
  ioctl(terminal, TIOCSWINSZ, &size);
  EXPECT_TRUE(Says(terminal, "33 77"));
  EXPECT_EQ(write(terminal, "\x1a", 1), 1);  // ^Z
  EXPECT_TRUE(Says(terminal, "continued"));
  EXPECT_EQ(write(terminal, "\x03", 1), 1);  // ^C
  int status = -1;
  waitpid(shell, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 6);
  close(terminal);
}

// What is sent to the job, SIGSTOP too, leaves who holds its limits alone.
TEST(LauncherTest, TheKeeperOfAJobIsInNoneOfIts) {
  Launched launched("/bin/sleep", {"20"});
  launched.plan.session = Session::kShared;
  absl::StatusOr<Child> child = launched.Start();
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(getpgid(child->pid()), getpgrp());
  std::ifstream stat(absl::StrCat("/proc/", child->pid(), "/stat"));
  std::string name, state;
  pid_t id = 0, keeper = 0;
  stat >> id >> name >> state >> keeper;
  EXPECT_EQ(getpgid(keeper), keeper);
  EXPECT_EQ(getsid(keeper), getsid(0));
  child->Kill();
}

TEST(LauncherTest, AnOwnSessionHasNoTerminal) {
  int terminal = -1;
  const pid_t host = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (host < 0) GTEST_SKIP() << "no pseudo-terminals";
  if (host == 0) {
    Launched launched = Launched::Shell("(: < /dev/tty) 2>/dev/null");
    _exit(launched.Run().exit_status == 0 ? 1 : 0);
  }
  int status = -1;
  waitpid(host, &status, 0);
  EXPECT_EQ(status, 0);
  close(terminal);
}

TEST(LauncherTest, AProgramThatStopsItsKeeperAtOnceIsStartedAllTheSame) {
  for (int i = 0; i < 5; ++i) {
    Launched launched = Launched::Shell("kill -STOP $PPID; exec sleep 60");
    absl::StatusOr<Child> child = launched.Start();
    ASSERT_TRUE(child.ok()) << child.status();
    EXPECT_EQ(child->Kill().signal, SIGKILL);
    EXPECT_TRUE(Ends(child->pid()));
  }
}

void ReapEveryone(int) {
  const int error = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  errno = error;
}

TEST(LauncherTest, WhateverTheHostDoesWithItsChildren) {
  for (auto* const handler : {SIG_IGN, &ReapEveryone}) {
    signal(SIGCHLD, handler);
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(Launched::Shell("exit 7").Run().exit_status, 7);
    }
    signal(SIGCHLD, SIG_DFL);
  }
}

TEST(LauncherTest, WorksFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int j = 0; j < 10; ++j) {
        Launched launched("/bin/echo", {absl::StrCat(i, ".", j)});
        launched.Run();
        EXPECT_EQ(launched.printed, absl::StrCat(i, ".", j, "\n"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace process
}  // namespace postern
