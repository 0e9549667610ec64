// What a report says of limits, by who holds them.

#include "permission/backstop/limit_rows.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/backstop/report_text.h"
#include "process/landlock.h"

namespace postern {
namespace {

using process::Limit;
using process::LimitLevel;

// A program that signals itself and its children alone.
ConfinementPlan WithoutSignals() {
  ConfinementPlan plan;
  process::LandlockRules rules;
  rules.scoped = process::landlock::kScopeSignal;
  plan.landlock.push_back(rules);
  return plan;
}

process::Limits EachLimit() {
  process::Limits limits;
  limits.memory_bytes = 64 << 20;
  limits.cpu_share = 0.5;
  limits.cpu_time = absl::Seconds(5);
  limits.processes = 8;
  limits.file_bytes = 4096;
  limits.open_files = 16;
  limits.disk_bytes = 1 << 20;
  limits.wall_time = absl::Minutes(1);
  return limits;
}

// What held limit 0, 1, ... in turn.
std::vector<process::LimitResult> Held(const std::vector<LimitLevel>& levels) {
  std::vector<process::LimitResult> held;
  for (size_t i = 0; i < levels.size(); ++i) {
    held.push_back({static_cast<Limit>(i), levels[i], ""});
  }
  return held;
}

TEST(LimitRowsTest, EachLimitHasARowThatSaysWhoHoldsIt) {
  using L = LimitLevel;
  const char* const kWant[] = {
      "full memory cgroup v2 exact",        "full cpu-share cgroup v1 exact",
      "partial cpu-time launcher measured", "full processes cgroup v2 exact",
      "full file-size rlimit exact",        "full open-files rlimit exact",
      "partial disk-use launcher measured", "full wall-time launcher exact"};
  const std::vector<LimitRow> rows =
      LimitRows(WithoutSignals(), EachLimit(),
                Held({L::kCgroupV2, L::kCgroupV1, L::kLauncher, L::kCgroupV2,
                      L::kRlimit, L::kRlimit, L::kLauncher, L::kLauncher}));
  ASSERT_EQ(rows.size(), static_cast<size_t>(process::kLimitCount));
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(absl::StrCat(LevelName(rows[i].level), " ", rows[i].limit, " ",
                           rows[i].held_by, " ",
                           EnforcementReasonCode(rows[i].reason)),
              kWant[i]);
  }
  EXPECT_EQ(LimitToText(rows[0]), "full    limit memory 64 MiB: cgroup v2");
}

TEST(LimitRowsTest, WhatAnRlimitHoldsOfAllTogetherIsPartial) {
  process::Limits limits;
  limits.memory_bytes = 1 << 20;
  limits.processes = 4;
  const std::vector<LimitRow> rows =
      LimitRows(WithoutSignals(), limits,
                {{Limit::kMemory, LimitLevel::kRlimit, ""},
                 {Limit::kProcesses, LimitLevel::kRlimit, ""}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].level, EnforcementLevel::kPartial);
  EXPECT_EQ(rows[0].reason, EnforcementReason::kEachProcess);
  EXPECT_EQ(rows[1].reason, EnforcementReason::kAllOfUser);
}

TEST(LimitRowsTest, WhatNobodyHoldsIsNone) {
  process::Limits limits;
  limits.cpu_share = 0.5;
  const std::vector<LimitRow> rows = LimitRows(WithoutSignals(), limits, {});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(LimitToText(rows[0]),
            "none    limit cpu-share 0.5 processors: none; this kernel cannot "
            "do it [no-facility]");
}

TEST(LimitRowsTest, AKeeperThatCanBeStoppedHoldsPartially) {
  process::Limits limits;
  limits.wall_time = absl::Seconds(1);
  const std::vector<LimitRow> rows =
      LimitRows(ConfinementPlan(), limits,
                {{Limit::kWallTime, LimitLevel::kLauncher, ""}});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].level, EnforcementLevel::kPartial);
  EXPECT_EQ(rows[0].reason, EnforcementReason::kKeeperInReach);
}

TEST(LimitRowsTest, ALimitThatIsHeldLessThanRequiredIsNamed) {
  EnforcementReport report;
  process::Limits limits;
  limits.disk_bytes = 1 << 20;
  report.limits = LimitRows(WithoutSignals(), limits,
                            {{Limit::kDiskUse, LimitLevel::kLauncher, ""}});
  EXPECT_TRUE(Require(EnforcementLevel::kPartial, report).ok());
  const absl::Status status = Require(EnforcementLevel::kFull, report);
  EXPECT_NE(status.message().find("limit disk-use 1 MiB"),
            absl::string_view::npos)
      << status;
}

}  // namespace
}  // namespace postern
