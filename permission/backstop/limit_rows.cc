#include "permission/backstop/limit_rows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "process/landlock.h"

namespace postern {
namespace {

using process::Limit;
using process::LimitLevel;
using Level = EnforcementLevel;
using Reason = EnforcementReason;

// Whether the program can signal its keeper, which runs as the same user.
bool ReachesKeeper(const ConfinementPlan& confinement) {
  return std::none_of(
      confinement.landlock.begin(), confinement.landlock.end(),
      [](const process::LandlockRules& rules) {
        return (rules.scoped & process::landlock::kScopeSignal) != 0;
      });
}

void Hold(Level level, Reason reason, LimitRow* row) {
  row->level = level;
  row->reason = reason;
}

void HoldByRlimit(Limit limit, LimitRow* row) {
  if (limit == Limit::kMemory) {
    return Hold(Level::kPartial, Reason::kEachProcess, row);
  }
  if (limit == Limit::kProcesses) {
    return Hold(Level::kPartial, Reason::kAllOfUser, row);
  }
  Hold(Level::kFull, Reason::kExact, row);  // they are about a process, a file
}

void HoldByLauncher(bool reaches_keeper, Limit limit, LimitRow* row) {
  if (reaches_keeper) {
    return Hold(Level::kPartial, Reason::kKeeperInReach, row);
  }
  if (limit == Limit::kWallTime) return Hold(Level::kFull, Reason::kExact, row);
  Hold(Level::kPartial, Reason::kMeasured, row);
}

void HoldLimit(bool reaches_keeper, Limit limit, LimitLevel level,
               LimitRow* row) {
  row->held_by = std::string(process::LimitLevelName(level));
  switch (level) {
    case LimitLevel::kNone:
      return Hold(Level::kNone, Reason::kNoFacility, row);
    case LimitLevel::kLauncher:
      return HoldByLauncher(reaches_keeper, limit, row);
    case LimitLevel::kRlimit:
      return HoldByRlimit(limit, row);
    case LimitLevel::kCgroupV1:
    case LimitLevel::kCgroupV2:
      return Hold(Level::kFull, Reason::kExact, row);
  }
}

LimitLevel LevelOf(absl::Span<const process::LimitResult> held, Limit limit) {
  for (const process::LimitResult& one : held) {
    if (one.limit == limit) return one.level;
  }
  return LimitLevel::kNone;
}

}  // namespace

std::vector<LimitRow> LimitRows(const ConfinementPlan& confinement,
                                const process::Limits& limits,
                                absl::Span<const process::LimitResult> held) {
  const bool reaches_keeper = ReachesKeeper(confinement);
  std::vector<LimitRow> rows;
  for (int i = 0; i < process::kLimitCount; ++i) {
    const auto limit = static_cast<Limit>(i);
    if (!process::IsSet(limits, limit)) continue;
    LimitRow row;
    row.limit = std::string(process::LimitName(limit));
    row.requested = process::LimitValueText(limits, limit);
    HoldLimit(reaches_keeper, limit, LevelOf(held, limit), &row);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace postern
