#include "permission/analysis/rule_problems.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"

namespace postern {
namespace {

Rule MakeRule(const char* permission, const char* pattern, int line) {
  Rule rule;
  rule.permissions = PermissionSet::Parse(permission).value();
  rule.pattern = RulePattern::Text(pattern);
  rule.source.kind = RuleSource::Kind::kFile;
  rule.source.name = "f";
  rule.source.line = line;
  return rule;
}

TEST(RuleProblemsTest, EveryBadRuleIsNamedWithItsPlace) {
  PolicySpec spec;
  spec.layers.resize(2);
  spec.layers[0].name = "a";
  spec.layers[0].rules = {MakeRule("fs.read", "/[", 1),
                          MakeRule("fs.read", "/ok", 2),
                          MakeRule("env.read", "A=B", 3)};
  spec.layers[1].name = "b";
  spec.layers[1].rules = {MakeRule("fs.read", "rel", 4),
                          MakeRule("fs.read", "${V}/x", 5)};
  auto problems = FindRuleProblems(spec, 20);
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_EQ(problems[0].source.line, 1);
  EXPECT_TRUE(absl::StartsWith(problems[0].message, "invalid pattern \"/[\""))
      << problems[0].message;
  EXPECT_EQ(problems[1].source.line, 3);
  EXPECT_EQ(problems[2].source.line, 4);
  EXPECT_EQ(problems[3].source.line, 5);
  EXPECT_EQ(FindRuleProblems(spec, 2).size(), 2u);

  spec.base_directory = "/srv";
  spec.variables["V"] = "/v";
  problems = FindRuleProblems(spec, 20);
  EXPECT_EQ(problems.size(), 2u) << "base and variables count";
}

// What Build() says of the first rule that it refuses is what is found of it.
TEST(RuleProblemsTest, AgreesWithBuilding) {
  testing::RandomPolicy random(1313);
  int refused = 0;
  const int64_t rounds = testing::AmountOf({3000, 600, 30000});
  for (int64_t i = 0; i < rounds; ++i) {
    PolicySpec spec = random.NextStack().spec;
    int number = 0;
    for (Layer& layer : spec.layers) {
      for (Rule& rule : layer.rules) {
        rule.source = RuleSource();
        rule.source.name = absl::StrCat("r", ++number);
      }
    }
    const auto policy = PolicyBuilder(spec).Build();
    const auto problems = FindRuleProblems(spec, 20);
    if (policy.ok()) {
      EXPECT_TRUE(problems.empty()) << problems[0].message;
    } else if (!problems.empty()) {
      ++refused;
      EXPECT_EQ(policy.status().message(),
                absl::StrCat(problems[0].source.ToString(), ": ",
                             problems[0].message));
    }
  }
  EXPECT_GT(refused, rounds / 300);
}

}  // namespace
}  // namespace postern
