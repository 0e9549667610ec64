#include "process/launch_plan.h"

#include <sched.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "process/limits.h"
#include "process/start_options.h"
#include "process/start_steps.h"
#include "process/usage.h"

namespace postern {
namespace process {
namespace {

LaunchPlan Plain() {
  LaunchPlan plan;
  plan.program = 7;
  plan.program_name = "/usr/bin/true";
  plan.argv = {"true"};
  return plan;
}

TEST(LimitsTest, ALimitOfNothingIsAnErrorThatNamesIt) {
  const struct {
    const char* name;
    std::function<void(Limits*)> set;
  } kCases[] = {
      {"memory", [](Limits* l) { l->memory_bytes = 0; }},
      {"memory", [](Limits* l) { l->memory_bytes = ~uint64_t{0}; }},
      {"cpu-share", [](Limits* l) { l->cpu_share = 0; }},
      {"cpu-share", [](Limits* l) { l->cpu_share = -1; }},
      {"cpu-time", [](Limits* l) { l->cpu_time = absl::ZeroDuration(); }},
      {"processes", [](Limits* l) { l->processes = 0; }},
      {"file-size", [](Limits* l) { l->file_bytes = 0; }},
      {"open-files", [](Limits* l) { l->open_files = 0; }},
      {"disk-use", [](Limits* l) { l->disk_bytes = 0; }},
      {"wall-time", [](Limits* l) { l->wall_time = absl::ZeroDuration(); }},
      {"wall-time", [](Limits* l) { l->wall_time = absl::Seconds(-1); }},
      {"wall-time", [](Limits* l) { l->wall_time = absl::InfiniteDuration(); }},
  };
  for (const auto& c : kCases) {
    Limits limits;
    EXPECT_TRUE(CheckLimits(limits).ok());
    c.set(&limits);
    const absl::Status status = CheckLimits(limits);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), c.name)) << status;
  }
}

TEST(LimitsTest, LimitsArePrintedAsPeopleReadThem) {
  Limits limits;
  EXPECT_EQ(LimitText(limits, Limit::kMemory), "memory unlimited");
  limits.memory_bytes = 64 << 20;
  limits.wall_time = absl::Seconds(5);
  limits.cpu_share = 0.5;
  EXPECT_EQ(LimitText(limits, Limit::kMemory), "memory 64 MiB");
  EXPECT_EQ(LimitText(limits, Limit::kWallTime), "wall-time 5s");
  EXPECT_EQ(LimitText(limits, Limit::kCpuShare), "cpu-share 0.5 processors");
}

TEST(UsageTest, TimesAddUpAndOfPeaksTheLargerCounts) {
  Usage sum;
  sum.peak_memory_bytes = 10;
  Usage one;
  one.cpu_user = absl::Seconds(1);
  one.peak_memory_bytes = 7;
  one.written_bytes = 3;
  sum += one;
  sum += one;
  EXPECT_EQ(sum.cpu_user, absl::Seconds(2));
  EXPECT_EQ(sum.peak_memory_bytes, 10u);
  EXPECT_EQ(sum.written_bytes, 6u);
}

TEST(LaunchPlanTest, APlanThatCannotBeExecutedIsRefused) {
  const struct {
    const char* why;
    std::function<void(LaunchPlan*)> spoil;
  } kCases[] = {
      {"program", [](LaunchPlan* p) { p->program = -1; }},
      {"name is the first", [](LaunchPlan* p) { p->argv.clear(); }},
      {"argument 1", [](LaunchPlan* p) { p->argv.emplace_back("a\0b", 3); }},
      {"NAME=value", [](LaunchPlan* p) { p->environment = {"A"}; }},
      {"NAME=value", [](LaunchPlan* p) { p->environment = {"=A"}; }},
      {"given twice",
       [](LaunchPlan* p) {
         p->descriptors = {{0, 1}, {2, 1}};
       }},
      {"0 or more",
       [](LaunchPlan* p) {
         p->descriptors = {{-1, 1}};
       }},
      {"ruleset", [](LaunchPlan* p) { p->landlock_rulesets = {-1}; }},
      {"nice", [](LaunchPlan* p) { p->nice = 20; }},
      {"memory", [](LaunchPlan* p) { p->limits.memory_bytes = 0; }},
      {"instructions",
       [](LaunchPlan* p) { p->syscall_filters.emplace_back(4097); }},
      {"instructions", [](LaunchPlan* p) { p->syscall_filters.resize(1); }},
      {"device", [](LaunchPlan* p) { p->devices.emplace().emplace_back(); }},
      {"grace", [](LaunchPlan* p) { p->grace = absl::Seconds(-1); }},
      {"identity",
       [](LaunchPlan* p) {
         p->identity = Identity{~0u, 0, {}};
       }},
      {"identity",
       [](LaunchPlan* p) {
         p->identity = Identity{1, ~0u, {}};
       }},
      {"identity",
       [](LaunchPlan* p) {
         p->identity = Identity{1, 1, {~0u}};
       }},
      {"cgroup", [](LaunchPlan* p) { p->cgroup_parent = "apps"; }},
      {"cgroup", [](LaunchPlan* p) { p->cgroup_parent = "/apps/../.."; }},
  };
  EXPECT_TRUE(CheckPlan(Plain()).ok());
  for (const auto& c : kCases) {
    LaunchPlan plan = Plain();
    c.spoil(&plan);
    const absl::Status status = CheckPlan(plan);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), c.why)) << status;
  }
}

TEST(LaunchPlanTest, APlanIsPrintedInTheOrderOfExecution) {
  LaunchPlan plan = Plain();
  plan.argv = {"true", "a\nb"};
  plan.environment = {"TOKEN=secret"};
  plan.descriptors = {{9, 2}, {8, 1}};
  plan.limits.memory_bytes = 1 << 20;
  plan.limits.open_files = 10;
  plan.namespaces.network = plan.namespaces.mount = true;
  plan.namespaces.masks = {{"/srv/keys", Mask::Kind::kHidden}};
  plan.nice = 5;
  plan.identity.emplace();
  plan.landlock_rulesets = {10, 11};
  plan.syscall_filters.emplace_back(3);
  EXPECT_EQ(DescribePlan(plan),
            "session: own\n"
            "cgroup: beneath the caller's\n"
            "directory: /\n"
            "namespaces: mount net with 1 masks\n"
            "descriptors: 1 2; no others (0 to 2 else /dev/null)\n"
            "limits: memory 1 MiB, open-files 10\n"
            "nice: 5\n"
            "identity: uid 0 gid 0 groups none\n"
            "capabilities: of files and ports only\n"
            "no-new-privileges: set\n"
            "landlock: 2 rulesets\n"
            "syscall-filter: 3 instructions\n"
            "start: /usr/bin/true \"true\" \"a\\nb\" with variables: TOKEN\n");
}

TEST(LaunchPlanTest, StepsThatWereNotAskedForAreNotPrinted) {
  EXPECT_EQ(StepsText({{Step::kSession, Outcome::kDone, 0, ""},
                       {Step::kNice, Outcome::kNotAsked, 0, ""},
                       {Step::kCgroup, Outcome::kUnavailable, 0, "none here"}}),
            "session: done\ncgroup: unavailable (none here)\n");
}

}  // namespace
}  // namespace process
}  // namespace postern
