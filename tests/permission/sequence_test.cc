// Contexts against their model, over random sequences of calls.

#include <cstdint>

#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/permission/sequence_comparison.h"

namespace postern {
namespace {

using testing::SequenceComparison;

TEST(SequenceTest, ContextsDoWhatTheirModelDoes) {
  const int64_t sequences =
      testing::AmountOf({/*usual=*/1500, /*sanitized=*/100,
                         /*long_run=*/40000});
  const SequenceComparison comparison =
      testing::CompareSequences(/*seed=*/11, sequences);
  EXPECT_EQ(comparison.difference, "");
  // Much of it could have told a difference.
  const auto& tally = comparison.tally;
  EXPECT_GT(tally.allowed, tally.acts / 10);
  EXPECT_GT(tally.asked, tally.acts / 50);
  EXPECT_GT(tally.asked_by_two, tally.asked / 10);
  EXPECT_GT(tally.remembered, tally.acts / 200);
  EXPECT_GT(tally.uses, tally.acts / 100);
  EXPECT_GT(tally.clock_back, sequences);
}

}  // namespace
}  // namespace postern
