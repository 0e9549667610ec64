// What a pattern shows of /proc, and that looking for it is bounded: somebody
// else writes the patterns.

#include "permission/internal/procfs_reach.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/layer.h"

namespace postern {
namespace internal {
namespace {

ParsedPattern Parsed(const std::string& text) {
  absl::StatusOr<ParsedPattern> parsed =
      ParsePattern(Effect::kAllow, PermissionSet(Permission::kFsRead),
                   RulePattern::Text(text), PatternScope());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *std::move(parsed) : ParsedPattern();
}

// As many alternatives as a pattern may have, or less.
std::string Many(const char* before, const char* after, int count = 1000) {
  std::string text = absl::StrCat(before, "{");
  for (int i = 0; i < count; ++i) absl::StrAppend(&text, i ? "," : "", i);
  return absl::StrCat(text, "}", after);
}

TEST(ProcfsReachTest, ManyAlternativesUseTheBudgetUpAndThenTheWorstIsSaid) {
  const struct {
    std::string pattern;
    ProcfsReach worst;
  } kCases[] = {
      {Many("/p*/**/N", "/**"), ProcfsReach::kAmongOthers},
      {Many("/proc/**/N", "/**"), ProcfsReach::kByName},
      {Many("/proc/1/N", ""), ProcfsReach::kByName},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.pattern.substr(0, 20));
    const ParsedPattern pattern = Parsed(c.pattern);
    TrialBudget budget;
    EXPECT_EQ(ReachOfReading(pattern, &budget), ProcfsReach::kNone);
    int judged = 0;
    while (judged < 100 &&
           ReachOfReading(pattern, &budget) == ProcfsReach::kNone) {
      ++judged;
    }
    EXPECT_LT(judged, 100);
    EXPECT_EQ(ReachOfReading(pattern, &budget), c.worst);
    EXPECT_EQ(ReachOfReading(Parsed("/srv/app"), &budget), ProcfsReach::kNone)
        << "other paths cost nothing";
  }
}

TEST(ProcfsReachTest, NothingIsLookedAtBehindTheWorst) {
  const ParsedPattern first = Parsed(Many("/proc/{*/mem,N", "}", 999));
  TrialBudget budget;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(ReachOfReading(first, &budget), ProcfsReach::kByName);
  }
  EXPECT_EQ(ReachOfReading(Parsed("/proc/meminfo"), &budget),
            ProcfsReach::kNone);
}

TEST(ProcfsReachTest, OrdinaryPoliciesAreWithinTheBudget) {
  const ParsedPattern pattern = Parsed("/**/node_modules/*.{js,json}");
  TrialBudget budget;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(ReachOfReading(pattern, &budget), ProcfsReach::kNone) << i;
  }
}

}  // namespace
}  // namespace internal
}  // namespace postern
