#include "process/limits.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <string>
#include <thread>  // NOLINT: launchers on several threads
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "process/cgroup_places.h"
#include "process/device_program.h"
#include "tests/process/launched.h"

// Limits that are reached and named, by cgroups where there are any, else by
// what holds for a single process.

namespace postern {
namespace process {
namespace {

std::string TempFile(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/", getpid(), name);
}

bool Reached(const ChildEvent& event, Limit limit) {
  return std::find(event.reached.begin(), event.reached.end(), limit) !=
         event.reached.end();
}

LimitLevel LevelOf(const LaunchReport& report, Limit limit) {
  for (const LimitResult& result : report.limits) {
    if (result.limit == limit) return result.level;
  }
  return LimitLevel::kNone;
}

bool HeldByCgroup(const LaunchReport& report, Limit limit) {
  const LimitLevel level = LevelOf(report, limit);
  return level == LimitLevel::kCgroupV1 || level == LimitLevel::kCgroupV2;
}

// The directories of launches beneath this process's own cgroups.
std::vector<std::string> Groups() {
  const CgroupPlaces places = FindCgroupPlaces("");
  std::vector<std::string> parents = {places.unified};
  for (const auto& place : places.v1) parents.push_back(place.second);
  std::vector<std::string> groups;
  for (const std::string& parent : parents) {
    DIR* const folder = opendir(parent.c_str());
    if (folder == nullptr) continue;
    while (const dirent* const entry = readdir(folder)) {
      if (absl::StartsWith(entry->d_name,
                           absl::StrCat("postern-", getpid(), "-"))) {
        groups.push_back(absl::StrCat(parent, "/", entry->d_name));
      }
    }
    closedir(folder);
  }
  return groups;
}

TEST(ReachedLimitsTest, AnAllocationOf500MegabytesIsStopped) {
  Launched launched = Launched::Shell("head -c 500M /dev/zero | tail | wc -c");
  launched.plan.limits.memory_bytes = 64 << 20;
  const ChildEvent event = launched.Run();
  EXPECT_NE(launched.printed, "524288000\n");
  if (!HeldByCgroup(launched.report, Limit::kMemory)) {
    GTEST_SKIP() << "no memory cgroup: an rlimit is not named";
  }
  EXPECT_TRUE(Reached(event, Limit::kMemory)) << EventText(event);
  EXPECT_GT(event.usage.peak_memory_bytes, uint64_t{60} << 20);
  EXPECT_LE(event.usage.peak_memory_bytes, uint64_t{64} << 20);
  EXPECT_GT(event.usage.memory_byte_seconds, 0);
  EXPECT_TRUE(Groups().empty());
}

TEST(ReachedLimitsTest, AForkBombIsStopped) {
  // Ends by itself, if late, should nothing stop it.
  Launched launched = Launched::Shell(
      "n() { [ $1 -gt 11 ] || { n $(($1+1)) & n $(($1+1)) & wait; }; }; n 0");
  launched.plan.limits.processes = 20;
  launched.plan.best_effort = true;
  const ChildEvent event = launched.Run();
  if (!HeldByCgroup(launched.report, Limit::kProcesses)) {
    GTEST_SKIP() << "no pids cgroup";
  }
  EXPECT_TRUE(Reached(event, Limit::kProcesses)) << EventText(event);
  EXPECT_TRUE(Groups().empty());
}

TEST(ReachedLimitsTest, ADaemonThatForksOnIsKilledWithItsCgroup) {
  Launched launched = Launched::Shell(
      "b() { (sleep 0.01; b) & (sleep 0.01; b) & }; (setsid sh -c 'while :; do "
      "(sleep 1 &) & sleep 0.001; done' &) ; sleep 0.2; exit 7");
  launched.plan.limits.processes = 50;
  launched.plan.best_effort = true;
  const ChildEvent event = launched.Run();
  if (event.exit_status == 2) {  // of a shell that cannot fork
    GTEST_SKIP() << "no cgroup, and this user has 50 processes already";
  }
  EXPECT_EQ(event.exit_status, 7);
  EXPECT_GT(event.left_over, 0);
  EXPECT_TRUE(Groups().empty());
}

TEST(ReachedLimitsTest, WallTimeEndsTheTree) {
  Launched launched = Launched::Shell("sleep 60 & sleep 61");
  launched.plan.limits.wall_time = absl::Milliseconds(200);
  const ChildEvent event = launched.Run();
  EXPECT_TRUE(Reached(event, Limit::kWallTime)) << EventText(event);
  EXPECT_TRUE(event.ended_by_limit);
  EXPECT_EQ(event.signal, SIGKILL);
  EXPECT_GE(event.usage.tied_up, absl::Milliseconds(200));
  EXPECT_LT(event.usage.tied_up, absl::Seconds(5));
}

TEST(ReachedLimitsTest, WallTimeLeavesTimeToEndByItself) {
  Launched launched = Launched::Shell(
      "trap 'echo bye; exit 9' TERM; while :; do sleep 0.01; done");
  launched.plan.limits.wall_time = absl::Milliseconds(200);
  launched.plan.grace = absl::Seconds(10);
  const ChildEvent event = launched.Run();
  EXPECT_TRUE(Reached(event, Limit::kWallTime)) << EventText(event);
  EXPECT_EQ(event.exit_status, 9);
  EXPECT_EQ(launched.printed, "bye\n");
}

TEST(ReachedLimitsTest, CpuTimeOfAllTogether) {
  Launched launched = Launched::Shell(
      "(while :; do :; done) & (while :; do :; done) & while :; do :; done");
  launched.plan.limits.cpu_time = absl::Milliseconds(300);
  const ChildEvent event = launched.Run();
  EXPECT_TRUE(Reached(event, Limit::kCpuTime)) << EventText(event);
  const absl::Duration used = event.usage.cpu_user + event.usage.cpu_system;
  EXPECT_GE(used, absl::Milliseconds(290));
  EXPECT_LT(used, absl::Seconds(3));
}

TEST(ReachedLimitsTest, CpuShare) {
  Launched launched = Launched::Shell("while :; do :; done");
  launched.plan.limits.cpu_share = 0.1;
  launched.plan.limits.wall_time = absl::Milliseconds(700);
  launched.plan.best_effort = true;
  const ChildEvent event = launched.Run();
  if (!HeldByCgroup(launched.report, Limit::kCpuShare)) {
    GTEST_SKIP() << "no cpu cgroup";
  }
  EXPECT_LT(event.usage.cpu_user + event.usage.cpu_system,
            absl::Milliseconds(250));
}

TEST(ReachedLimitsTest, FileSize) {
  const std::string file = TempFile("size");
  Launched launched("/usr/bin/head", {"-c", "1M", "/dev/zero"});
  const fs::FileDescriptor out(
      open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  launched.plan.descriptors = {{out.get(), 1}};
  launched.plan.limits.file_bytes = 4096;
  const ChildEvent event = launched.Run();
  EXPECT_TRUE(Reached(event, Limit::kFileSize)) << EventText(event);
  EXPECT_EQ(event.signal, SIGXFSZ);
  struct stat info = {};
  fstat(out.get(), &info);
  EXPECT_EQ(info.st_size, 4096);
}

// The shell tells that a command of its own was ended so.
TEST(ReachedLimitsTest, FileSizeOfWhatTheProgramStarts) {
  const std::string file = TempFile("inner");
  Launched launched = Launched::Shell(
      absl::StrCat("head -c 1M /dev/zero >", file, "; exit $?"));
  launched.plan.limits.file_bytes = 4096;
  const ChildEvent event = launched.Run();
  unlink(file.c_str());
  EXPECT_TRUE(Reached(event, Limit::kFileSize)) << EventText(event);
  Launched other = Launched::Shell("exit 153");
  EXPECT_FALSE(Reached(other.Run(), Limit::kFileSize)) << "no such limit";
}

TEST(TryLimitsTest, FindsWhoWouldHoldThemAndLeavesNothing) {
  Launched launched = Launched::Shell("exit 0");
  launched.plan.limits.memory_bytes = 64 << 20;
  launched.plan.limits.processes = 20;
  launched.plan.limits.open_files = 20;
  launched.plan.limits.wall_time = absl::Seconds(20);
  const std::vector<LimitResult> tried = TryLimits(launched.plan);
  EXPECT_TRUE(Groups().empty());
  ASSERT_EQ(tried.size(), 4u);
  launched.Run();
  for (const LimitResult& one : tried) {
    EXPECT_EQ(one.level, LevelOf(launched.report, one.limit))
        << LimitName(one.limit);
  }
}

TEST(ReachedLimitsTest, OpenFiles) {
  Launched launched =
      Launched::Shell("exec 3</dev/null 4</dev/null; ulimit -n");
  launched.plan.limits.open_files = 20;
  launched.Run();
  EXPECT_EQ(launched.printed, "20\n");
}

// How much of an rlimit was seen to be used; 0 if there is no such limit.
uint64_t MostSeen(const ChildEvent& event, Limit limit) {
  for (const ChildEvent::Seen& seen : event.seen) {
    if (seen.limit == limit) return seen.use.most;
  }
  return 0;
}

// The program alone is told of an rlimit. What it has of it can be looked at.
// Opens as many files as it may.
Launched OpeningFiles() {
  Launched launched("/usr/bin/python3", {"-S", "-c",
                                         "import os, time\n"
                                         "try:\n"
                                         "  while True: os.dup(0)\n"
                                         "except OSError: pass\n"
                                         "time.sleep(0.3)\n"});
  launched.plan.limits.open_files = 40;
  return launched;
}

TEST(RlimitsTest, OpenFilesThatAreUsedUpAreNamed) {
  const ChildEvent event = OpeningFiles().Run();
  EXPECT_TRUE(Reached(event, Limit::kOpenFiles)) << EventText(event);
  EXPECT_EQ(MostSeen(event, Limit::kOpenFiles), 40u);
  EXPECT_TRUE(NearLimits(event).empty());
  EXPECT_TRUE(Launched::Shell("exit 0").Run().seen.empty()) << "no limit";
}

TEST(RlimitsTest, AddressSpaceThatIsNearlyUsedUpIsTold) {
  Launched launched("/usr/bin/python3",
                    {"-S", "-c",
                     "import time\n"
                     "kept = []\n"
                     "try:\n"
                     "  while True: kept.append(bytearray(1 << 20))\n"
                     "except MemoryError: pass\n"
                     "time.sleep(0.3)\n"});
  launched.plan.limits.memory_bytes = 200 << 20;
  launched.plan.cgroup_parent = "/no-such-group";
  const ChildEvent event = launched.Run();
  EXPECT_EQ(LevelOf(launched.report, Limit::kMemory), LimitLevel::kRlimit);
  EXPECT_GT(MostSeen(event, Limit::kMemory), uint64_t{190} << 20);
  ASSERT_EQ(NearLimits(event).size(), 1u) << EventText(event);
  EXPECT_TRUE(
      absl::StrContains(EventText(event), "came near the limit of memory ("))
      << EventText(event);
  Launched small = Launched::Shell("sleep 0.1");
  small.plan.limits.memory_bytes = 200 << 20;
  small.plan.cgroup_parent = "/no-such-group";
  EXPECT_TRUE(NearLimits(small.Run()).empty());
}

TEST(RlimitsTest, ProcessesThatAreUsedUpAreNamed) {
  constexpr uid_t kNobodysElse = 54321;
  Launched launched("/usr/bin/python3", {"-S", "-c",
                                         "import os, time\n"
                                         "try:\n"
                                         "  while os.fork(): pass\n"
                                         "except BlockingIOError: pass\n"
                                         "time.sleep(0.3)\n"});
  launched.plan.limits.processes = 8;
  launched.plan.cgroup_parent = "/no-such-group";
  if (geteuid() != 0) GTEST_SKIP() << "only root has another user's processes";
  launched.plan.identity = Identity();
  launched.plan.identity->uid = launched.plan.identity->gid = kNobodysElse;
  const ChildEvent event = launched.Run();
  EXPECT_EQ(LevelOf(launched.report, Limit::kProcesses), LimitLevel::kRlimit);
  EXPECT_TRUE(Reached(event, Limit::kProcesses)) << EventText(event);
  EXPECT_EQ(MostSeen(event, Limit::kProcesses), 8u);
}

TEST(ReachedLimitsTest, DiskUse) {
  const std::string file = TempFile("disk");
  Launched launched = Launched::Shell(
      absl::StrCat("i=0; while [ $i -lt 400 ]; do head -c 1M /dev/zero >> ",
                   file, "; sleep 0.01; i=$((i+1)); done"));
  launched.plan.limits.disk_bytes = 8 << 20;
  const ChildEvent event = launched.Run();
  struct stat info = {};
  stat(file.c_str(), &info);
  unlink(file.c_str());
  if (event.usage.written_bytes == 0) {
    GTEST_SKIP() << "what is written there is not counted as storage";
  }
  EXPECT_TRUE(Reached(event, Limit::kDiskUse)) << EventText(event);
  EXPECT_TRUE(event.ended_by_limit);
  EXPECT_LT(info.st_size, 100 << 20);
}

// What may be done with two devices, and how the list is held; "" if it is not.
// `program` as of LaunchPlan.
std::string TryDevices(const std::vector<DeviceAccess>& devices, int program,
                       std::string* held_by) {
  Launched launched = Launched::Shell(
      "cat < /dev/null && echo r; echo x > /dev/null && echo w; "
      "head -c 1 /dev/zero | wc -c");
  launched.plan.descriptors.push_back({STDERR_FILENO, 2});
  launched.plan.devices = devices;
  launched.plan.device_program = program;
  launched.plan.best_effort = true;
  launched.Run();
  const StepResult& step =
      launched.report.steps[static_cast<int>(Step::kDevices)];
  *held_by = step.outcome == Outcome::kDone ? step.note : "";
  return launched.printed;
}

void TryAllDevices(const std::string& wanted) {
  const struct {
    std::vector<DeviceAccess> devices;
    const char* printed;
    const char* why;
  } kCases[] = {
      {{{'c', 1, 3, true, true, false}}, "r\nw\n0\n", "/dev/null alone"},
      {{{'c', 1, 3, true, false, false}}, "r\n0\n", "reading"},
      {{{'c', 1, 3, false, true, false}}, "w\n0\n", "writing"},
      {{{'c', 1, {}, true, true, false}}, "r\nw\n1\n", "all of major 1"},
      {{{'c', {}, 5, true, true, true}}, "1\n", "all of minor 5"},
      {{{'c', {}, {}, true, true, true}}, "r\nw\n1\n", "all"},
      {{{'b', 1, 3, true, true, true}}, "0\n", "another kind"},
      {{{'c', 2, 3, true, true, true}, {'c', 1, 5, true, false, false}},
       "1\n",
       "the second of two"},
      {{}, "0\n", "none"},
  };
  for (const auto& c : kCases) {
    const fs::FileDescriptor loaded = LoadDeviceProgram(c.devices);
    // One program serves any number of starts.
    for (const int program : {-1, loaded.get(), loaded.get()}) {
      std::string held_by;
      const std::string printed = TryDevices(c.devices, program, &held_by);
      if (held_by != wanted) return;  // not here
      EXPECT_EQ(printed, c.printed) << c.why << ", " << wanted;
    }
  }
}

TEST(ReachedLimitsTest, DevicesOfTheListAndNoOthers) {
  std::string held_by;
  TryDevices({}, -1, &held_by);
  if (held_by.empty()) GTEST_SKIP() << "no device cgroup";
  TryAllDevices("cgroup v2, by program");
  Hiding({SYS_bpf}, [] { TryAllDevices("cgroup v1"); });
}

TEST(ReachedLimitsTest, OutdatedMountsOfCgroupsAreReadAgain) {
  const std::string mounts = ReadCgroupMounts();
  const std::string outdated =
      absl::StrReplaceAll(mounts, {{"/sys/fs/", "/no/such/"}});
  for (const std::string& known : {mounts, outdated}) {
    Launched launched("/bin/true");
    launched.plan.own_cgroup = true;
    launched.plan.best_effort = true;
    launched.plan.cgroup_mounts = known;
    launched.Run();
    const StepResult& step =
        launched.report.steps[static_cast<int>(Step::kCgroup)];
    if (step.outcome != Outcome::kDone && known == mounts) {
      GTEST_SKIP() << "no cgroup can be made here";
    }
    EXPECT_EQ(step.outcome, Outcome::kDone) << known;
  }
}

TEST(ReachedLimitsTest, UsageIsMeasured) {
  Launched launched = Launched::Shell(
      "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 0.1");
  const ChildEvent event = launched.Run();
  EXPECT_GT(event.usage.cpu_user, absl::Milliseconds(5));
  EXPECT_GE(event.usage.tied_up, absl::Milliseconds(100));
  EXPECT_GT(event.usage.peak_memory_bytes, 100u << 10);
  // 0.1 s of some hundred KiB.
  EXPECT_GT(event.usage.memory_byte_seconds, 10000);
  EXPECT_LT(event.usage.memory_byte_seconds, 1e9);
}

// ---- What is left. ----

TEST(CgroupTest, ALauncherThatIsKilledLeavesNone) {
  const std::string file = TempFile("killed");
  const pid_t host = fork();
  if (host == 0) {
    Launched launched =
        Launched::Shell(absl::StrCat("echo $$ > ", file, "; sleep 60"));
    launched.plan.own_cgroup = true;
    launched.plan.best_effort = true;
    launched.plan.limits.memory_bytes = 64 << 20;
    launched.Run();
    _exit(0);
  }
  const int program = ReadId(file);
  const std::string line = absl::StrCat("/proc/", program, "/cgroup");
  ASSERT_EQ(kill(host, SIGKILL), 0);
  waitpid(host, nullptr, 0);
  EXPECT_TRUE(Ends(program));
  // The keeper needs a moment more.
  const CgroupPlaces places = FindCgroupPlaces("");
  std::vector<std::string> parents = {places.unified};
  for (const auto& place : places.v1) parents.push_back(place.second);
  for (const std::string& parent : parents) {
    bool left = true;
    for (int i = 0; i < 250 && left; ++i) {
      left = false;
      DIR* const folder = opendir(parent.c_str());
      while (const dirent* const entry = folder ? readdir(folder) : nullptr) {
        left = left || absl::StartsWith(entry->d_name,
                                        absl::StrCat("postern-", host, "-"));
      }
      if (folder != nullptr) closedir(folder);
      if (left) absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_FALSE(left) << parent;
  }
}

// The path of this process's own group in v2; "" if there is none.
std::string OwnGroup() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, "0::")) return line.substr(3);
  }
  return "";
}

TEST(CgroupTest, TheNextLaunchRemovesWhatIsStale) {
  // Beneath a group of its own: other tests launch as well.
  const std::string name = absl::StrCat("launch-test-", getpid());
  const std::string parent =
      absl::StrCat(FindCgroupPlaces("").unified, "/", name);
  if (OwnGroup().empty() || mkdir(parent.c_str(), 0755) != 0) {
    GTEST_SKIP() << "no cgroup (v2) can be made here";
  }
  const std::string stale = absl::StrCat(parent, "/postern-1-1");
  const std::string used = absl::StrCat(parent, "/postern-1-2");
  ASSERT_EQ(mkdir(stale.c_str(), 0755), 0);
  ASSERT_EQ(mkdir(used.c_str(), 0755), 0);
  // Somebody lives in the stale one, and the other one's launcher is alive.
  const pid_t member = fork();
  if (member == 0) {
    for (;;) pause();
  }
  std::ofstream(stale + "/cgroup.procs") << member << std::flush;
  fs::FileDescriptor lock(open(used.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(flock(lock.get(), LOCK_EX), 0);
  const auto launch = [&name] {
    Launched launched("/bin/true");
    launched.plan.own_cgroup = true;
    launched.plan.cgroup_parent =
        absl::StrCat(OwnGroup() == "/" ? "" : OwnGroup(), "/", name);
    launched.Run();
  };
  launch();
  EXPECT_NE(access(stale.c_str(), F_OK), 0);
  int status = 0;
  EXPECT_EQ(waitpid(member, &status, 0), member);
  EXPECT_EQ(access(used.c_str(), F_OK), 0);
  lock = fs::FileDescriptor();
  launch();
  EXPECT_NE(access(used.c_str(), F_OK), 0);
  EXPECT_EQ(rmdir(parent.c_str()), 0);
}

TEST(CgroupTest, LaunchersDoNotTakeOneAnothersForStale) {
  const auto launch = [] {
    Launched launched("/bin/true");
    launched.plan.own_cgroup = true;
    launched.plan.best_effort = true;
    EXPECT_EQ(launched.Run().exit_status, 0);
    return launched.report.steps[static_cast<int>(Step::kCgroup)].outcome;
  };
  const Outcome outcome = launch();  // whether there are any here
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 25; ++j) EXPECT_EQ(launch(), outcome);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Groups().empty());
}

TEST(CgroupTest, NoneIsLeftOfAStartThatFails) {
  Launched launched("/etc/passwd");
  launched.plan.own_cgroup = true;
  launched.plan.best_effort = true;
  launched.plan.limits.memory_bytes = 64 << 20;
  EXPECT_FALSE(launched.Start().ok());
  EXPECT_TRUE(Groups().empty());
}

}  // namespace
}  // namespace process
}  // namespace postern
