// The engine against the oracle on random cases.
//   POSTERN_SEED=n   another sequence; every failure prints its seed
//   POSTERN_CASES=n  how many accesses in all, a million unless said

#include <cstdint>
#include <iostream>

#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/permission/oracle_comparison.h"

namespace postern {
namespace testing {
namespace {

constexpr int kParts = 8;

// One part has a seed of its own, so that parts can run side by side.
class OracleTest : public ::testing::TestWithParam<int> {};

// A comparison that could hardly have failed proves nothing. Of fewer cases, as
// a sanitizer's build has them, the shares vary with the seed.
constexpr int64_t kCasesToJudge = 100000;
void ExpectInteresting(const ComparisonTally& tally) {
  EXPECT_GE(tally.allowed * 4, tally.cases);
  EXPECT_GE(tally.two_rules * 4, tally.cases);
  EXPECT_GE(tally.allow_and_deny * 10, tally.cases);
  EXPECT_GE(tally.by_wildcard * 10, tally.cases);
  EXPECT_GE(tally.layered * 10, tally.cases);
  EXPECT_GT(tally.refused_stacks, 0);
  EXPECT_GE((tally.stacks - tally.refused_stacks) * 10, tally.stacks * 9);
}

TEST_P(OracleTest, EngineAgreesOnRandomCases) {
  const uint64_t seed = static_cast<uint64_t>(
      NumberFromEnvironment("POSTERN_SEED", 1) * kParts + GetParam());
  const int64_t cases =
      (NumberFromEnvironment("POSTERN_CASES", DefaultCases()) + kParts - 1) /
      kParts;
  const Comparison comparison = CompareWithOracle(seed, cases);
  const ComparisonTally& tally = comparison.tally;
  std::cout << "seed " << seed << ": " << tally.cases << " cases in "
            << tally.stacks << " stacks, " << tally.refused_stacks
            << " refused; allowed " << tally.allowed << ", two rules "
            << tally.two_rules << ", allow and deny " << tally.allow_and_deny
            << ", by wildcard " << tally.by_wildcard << ", layered "
            << tally.layered << std::endl;
  ASSERT_EQ(comparison.difference, "") << "seed " << seed;
  if (cases >= kCasesToJudge) ExpectInteresting(tally);
}

INSTANTIATE_TEST_SUITE_P(Parts, OracleTest, ::testing::Range(0, kParts));

}  // namespace
}  // namespace testing
}  // namespace postern
