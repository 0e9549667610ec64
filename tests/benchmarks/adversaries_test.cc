#include "benchmarks/workload/adversaries.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "benchmarks/workload/path_queries.h"
#include "gtest/gtest.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr size_t kRules = 1000;

TEST(AdversariesTest, VerdictsAreAsWritten) {
  for (const Adversary& adversary : MakeAdversaries(kRules)) {
    EXPECT_TRUE(CheckVerdicts(adversary).ok()) << CheckVerdicts(adversary);
  }
}

TEST(AdversariesTest, StepsGrow) {
  for (const Adversary& adversary : MakeAdversaries(kRules)) {
    SCOPED_TRACE(adversary.name);
    ASSERT_GE(adversary.steps.size(), 2u);
    for (size_t i = 1; i < adversary.steps.size(); ++i) {
      EXPECT_GT(adversary.steps[i].size, adversary.steps[i - 1].size);
    }
  }
}

TEST(AdversariesTest, PathsHaveTheirSize) {
  for (const Adversary& adversary : MakeAdversaries(kRules)) {
    for (const Adversary::Step& step : adversary.steps) {
      if (step.explains != nullptr) continue;
      SCOPED_TRACE(adversary.StepName(step));
      for (size_t i = 0; i < step.queries->size(); ++i) {
        const std::string path((*step.queries)[i]);
        const bool by_bytes = adversary.unit == "byte";
        const auto slashes = std::count(path.begin(), path.end(), '/');
        if (adversary.unit != "check" && adversary.unit != "rule") {
          EXPECT_EQ(by_bytes ? path.size() : static_cast<size_t>(slashes),
                    static_cast<size_t>(step.units));
        }
        EXPECT_LE(path.size(), 4095u);
      }
    }
  }
}

TEST(AdversariesTest, RulesShareTwoHundredBytes) {
  for (const Adversary& adversary : MakeAdversaries(kRules)) {
    if (!absl::StartsWith(adversary.name, "shared_name")) continue;
    const PathQueries& queries = *adversary.steps.back().queries;
    for (size_t i = 1; i < queries.size(); ++i) {
      EXPECT_EQ(queries[i].substr(0, 200), queries[0].substr(0, 200));
    }
  }
}

TEST(AdversariesTest, GrowthIsOfAUnit) {
  Adversary adversary;
  const std::vector<Adversary::Query> none;
  adversary.steps.emplace_back(10, 10, nullptr, none);
  adversary.steps.emplace_back(40, 40, nullptr, none);
  EXPECT_DOUBLE_EQ(adversary.Growth(5, 20), 1);  // linear
  EXPECT_DOUBLE_EQ(adversary.Growth(5, 80), 4);  // quadratic
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern
