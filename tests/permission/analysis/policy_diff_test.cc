#include "permission/analysis/policy_diff.h"

#include <cstdint>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "permission/analysis/decision_line.h"
#include "permission/builder.h"
#include "permission/proto/policy_proto.h"
#include "permission/testing/naive_policy.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"

namespace postern {
namespace {

std::shared_ptr<const Policy> Load(const std::string& rules) {
  const auto spec = ParsePolicyText(
      absl::StrCat("version: 1 base_directory: \"/base\" layers { name: \"g\" ",
                   rules, " }"),
      "f");
  EXPECT_TRUE(spec.ok()) << spec.status();
  const auto policy = PolicyBuilder(*spec).Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *policy;
}

// "before -> after permission resource" of each change.
std::string Changes(const PolicyDiff& diff) {
  std::vector<std::string> lines;
  for (const AccessChange& change : diff.changes) {
    lines.push_back(absl::StrCat(
        DecisionName(change.before), " -> ",
        FormatDecisionLine(DecisionName(change.after), *change.example)));
  }
  return absl::StrJoin(lines, "\n");
}

TEST(PolicyDiffTest, EachChangeHasAnExample) {
  struct Case {
    const char* before;
    const char* after;
    const char* want;
  };
  const Case kCases[] = {
      {"rules { allow: \"fs.read\" pattern: \"/a\" }",
       "rules { allow: \"fs.read\" pattern: \"/a\" }", ""},
      {"", "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "deny -> allow fs.read /a/b"},
      {"rules { allow: \"fs.read\" pattern: \"/a\" }",
       "rules { allow: \"fs.read\" pattern: \"exact:/a\" }",
       "allow -> deny fs.read /a/other0"},
      {"rules { allow: \"env.read\" pattern: \"A_*\" }",
       "rules { allow: \"env.read\" pattern: \"A_B\" }",
       "allow -> deny env.read A_"},
      {"rules { allow: \"secret.use\" secret { parts: \"a\" parts: \"**\" } }",
       "rules { allow: \"secret.use\" secret { parts: \"a\" parts: \"b\" } }",
       "allow -> deny secret.use a"},
      {"rules { allow: \"code.eval\" }", "rules { ask: \"code.eval\" }",
       "allow -> ask code.eval"},
      {"rules { allow: \"sys.info\" }",
       "rules { allow: \"sys.info\" pattern: \"uid\" }", nullptr},
      {"rules { allow: \"code.import\" pattern: \"other*\" }",
       "rules { allow: \"code.import\" pattern: \"*\" }",
       "deny -> allow code.import xother0"},
      {"rules { allow: \"env.read\" pattern: \"other*\" }",
       "rules { allow: \"env.read\" pattern: \"*\" }",
       "deny -> allow env.read AWS_SECRET_ACCESS_KEY"},
      {"", "rules { allow: \"fs.write\" pattern: \"/etc\" }",
       "deny -> allow fs.write /etc/passwd"},
      {"rules { allow: \"secret.use\" secret { parts: [\"ot\\\\her0\", \"**\"] "
       "} }",
       "rules { allow: \"secret.use\" secret { parts: \"**\" } }", nullptr},
      {"rules { deny: \"fs\" pattern: \"rel\" }",
       "rules { deny: \"fs\" pattern: \"/base/rel\" }", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.before, " / ", c.after));
    const PolicyDiff diff = DiffPolicies(*Load(c.before), *Load(c.after));
    EXPECT_TRUE(diff.inexact.empty());
    if (c.want != nullptr) {
      EXPECT_EQ(Changes(diff), c.want);
    } else {
      EXPECT_FALSE(diff.changes.empty());
    }
  }
}

TEST(PolicyDiffTest, SaysWhereItIsNotExact) {
  const auto before = Load(
      "rules { allow: \"fs.read\" pattern: \"/*/a\" } rules { allow: "
      "\"plugin.call\" call { function: \"f.g\" args: \"re:a+\" } }");
  EXPECT_TRUE(DiffPolicies(*before, *before).inexact.empty())
      << "the same words say the same";
  const PolicyDiff diff = DiffPolicies(
      *before, *Load("rules { allow: \"fs.read\" pattern: \"/*/b\" } "));
  EXPECT_EQ(diff.inexact.size(), 2u);
  EXPECT_EQ(diff.inexact.count(Permission::kFsRead), 1u);
  EXPECT_EQ(diff.inexact.count(Permission::kPluginCall), 1u);
  EXPECT_FALSE(diff.changes.empty());
}

// Not exact, but what people write must not pass in silence.
TEST(PolicyDiffTest, TriesWhatWildcardsAndBlocksTakeIn) {
  struct Case {
    const char* before;
    const char* after;
    const char* want;
  };
  const Case kCases[] = {
      {"rules { allow: \"fs.read\" pattern: \"/home/ann\" } rules { deny: "
       "\"fs.read\" pattern: \"/home/*/.ssh/**\" } rules { deny: \"fs.read\" "
       "pattern: \"/home/ann/x\" }",
       "rules { allow: \"fs.read\" pattern: \"/home/ann\" } rules { deny: "
       "\"fs.read\" pattern: \"/home/ann/x\" }",
       "deny -> allow fs.read /home/ann/.ssh"},
      {"rules { allow: \"fs.read\" pattern: \"/a/b\" } rules { deny: "
       "\"fs.read\" pattern: \"/**/k/**\" }",
       "rules { allow: \"fs.read\" pattern: \"/a/b\" } rules { deny: "
       "\"fs.read\" pattern: \"exact:/a/b/x\" }",
       "deny -> allow fs.read /a/b/k"},
      {"", "rules { allow: \"fs.read\" pattern: \"/a/?\" }",
       "deny -> allow fs.read /a/x"},
      {"rules { allow: \"net.connect\" pattern: \"10.0.0.0/16\" }",
       "rules { allow: \"net.connect\" pattern: \"10.0.0.0/8\" }",
       "deny -> allow net.connect 10.255.255.255:1"},
      {"", "rules { allow: \"net.connect\" pattern: \"@metadata\" }",
       "deny -> allow net.connect 169.254.169.254:80"},
      {"rules { allow: \"net.connect\" pattern: \"[fd00::/16]:80\" }",
       "rules { allow: \"net.connect\" pattern: \"[fd00::/8]:80\" }",
       "deny -> allow net.connect "
       "[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:80"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.before, " / ", c.after));
    const PolicyDiff diff = DiffPolicies(*Load(c.before), *Load(c.after));
    EXPECT_NE(Changes(diff).find(c.want), std::string::npos) << Changes(diff);
  }
}

TEST(PolicyDiffTest, TriesWildcardsOfManyRules) {
  std::string rules;
  for (int i = 0; i < 800; ++i) {
    absl::StrAppend(&rules, "rules { allow: \"fs.read\" pattern: \"/srv/", i,
                    "\" } rules { deny: \"fs.read\" pattern: \"/srv/*/k", i,
                    "/**\" } ");
  }
  const std::string last =
      "rules { deny: \"fs.read\" pattern: \"/srv/*/z/**\" }";
  EXPECT_FALSE(DiffPolicies(*Load(rules + last), *Load(rules)).changes.empty());
}

TEST(PolicyDiffTest, UsesThatPermissionsShareAreNotOnesOfEach) {
  const PolicyDiff diff = DiffPolicies(
      *Load("rules { allow: \"fs\" pattern: \"/a\" uses: 1 }"),
      *Load("rules { allow: \"fs.read\" pattern: \"/a\" uses: 1 } rules { "
            "allow: \"fs.write\" pattern: \"/a\" uses: 1 }"));
  EXPECT_EQ(diff.inexact.size(), 2u);
}

TEST(PolicyDiffTest, RelativeNamesElsewhereAreNotComparedExactly) {
  PolicySpec spec =
      Load("rules { allow: \"fs.read\" pattern: \"/a\" }")->spec();
  const auto before = PolicyBuilder(spec).Build();
  spec.base_directory = "/a";
  const auto after = PolicyBuilder(spec).Build();
  ASSERT_TRUE(before.ok() && after.ok());
  const PolicyDiff diff = DiffPolicies(**before, **after);
  EXPECT_TRUE(diff.changes.empty());
  EXPECT_EQ(diff.inexact.count(Permission::kFsRead), 1u);
  EXPECT_EQ(diff.inexact.count(Permission::kEnvRead), 0u);
}

TEST(PolicyDiffTest, ALookUpThatIsDeniedChangesWhoConnects) {
  const std::string rules =
      "rules { allow: [\"net.connect\", \"net.listen\"] }";
  const PolicyDiff diff =
      DiffPolicies(*Load(rules), *Load(rules + " rules { deny: \"net.resolve\" "
                                               "pattern: \"*.x.io\" }"));
  std::set<Permission> told;
  for (const AccessChange& change : diff.changes) {
    told.insert(change.example->permission());
    EXPECT_EQ(change.kind, ChangeKind::kNarrower);
  }
  for (const Permission permission :
       {Permission::kNetConnect, Permission::kNetListen}) {
    EXPECT_EQ(told.count(permission), 1u) << PermissionName(permission);
    EXPECT_EQ(diff.inexact.count(permission), 1u) << PermissionName(permission);
  }
}

TEST(PolicyDiffTest, NamesTheRulesAndTheKind) {
  const PolicyDiff diff =
      DiffPolicies(*Load("rules { allow: \"env.read\" pattern: \"A\" }"),
                   *Load("rules { deny: \"env.read\" pattern: \"A\" }"));
  ASSERT_EQ(diff.changes.size(), 1u);
  EXPECT_EQ(diff.changes[0].kind, ChangeKind::kNarrower);
  ASSERT_TRUE(diff.changes[0].rule_before.has_value());
  EXPECT_EQ(diff.changes[0].rule_before->effect, Effect::kAllow);
  ASSERT_TRUE(diff.changes[0].rule_after.has_value());
  EXPECT_EQ(diff.changes[0].rule_after->effect, Effect::kDeny);
}

// A policy that differs a little.
PolicySpec Changed(PolicySpec spec, testing::RandomPolicy* random) {
  Layer& layer = spec.layers[static_cast<size_t>(
      random->Below(static_cast<int>(spec.layers.size())))];
  if (!layer.rules.empty() && random->OneIn(2)) {
    const int at = random->Below(static_cast<int>(layer.rules.size()));
    Rule& rule = layer.rules[static_cast<size_t>(at)];
    if (random->OneIn(2)) {
      layer.rules.erase(layer.rules.begin() + at);
    } else if (!rule.limits.any()) {
      rule.effect =
          rule.effect == Effect::kAllow ? Effect::kDeny : Effect::kAllow;
    }
  } else if (random->OneIn(4)) {
    layer.default_effect =
        layer.default_effect == Effect::kAllow ? Effect::kDeny : Effect::kAllow;
  } else {
    layer.rules.push_back(random->NextRule(Effect::kAllow));
  }
  return spec;
}

std::string NaiveName(const testing::NaivePolicy& policy,
                      const Access& access) {
  const testing::NaiveAnswer answer = policy.Check(access);
  if (answer.effect == Effect::kDeny && answer.concealed) return "hide";
  if (answer.effect == Effect::kAllow && answer.would_deny) return "report";
  return std::string(EffectName(answer.effect));
}

// The twin: policies that try every rule, and random accesses. Each example is
// decided differently by them, and where no difference is told of and the
// comparison says it is exact, no random access finds one.
TEST(PolicyDiffTest, AgreesWithRandomAccesses) {
  testing::RandomPolicy random(8113);
  int examples = 0, silent = 0, found = 0, exact_themes = 0;
  const int64_t rounds = testing::AmountOf({1500, 400, 15000});
  for (int64_t i = 0; i < rounds; ++i) {
    const testing::RandomStack stack = random.NextStack();
    if (stack.crowded || stack.unconfined || stack.spec.layers.empty())
      continue;
    const PolicySpec changed = Changed(stack.spec, &random);
    const auto before = PolicyBuilder(stack.spec).Build();
    const auto after = PolicyBuilder(changed).Build();
    const auto naive_before = testing::NaivePolicy::Build(stack.spec);
    const auto naive_after = testing::NaivePolicy::Build(changed);
    if (!before.ok() || !after.ok() || !naive_before.ok() ||
        !naive_after.ok()) {
      continue;
    }
    const PolicyDiff diff = DiffPolicies(**before, **after);
    std::set<Permission> told;
    for (const AccessChange& change : diff.changes) {
      ++examples;
      told.insert(change.example->permission());
      const Access access = change.example->access();
      if (access.form() == Access::Form::kSubtree ||
          access.form() == Access::Form::kWhole) {
        continue;  // the engine may be stricter than need be there
      }
      EXPECT_NE(NaiveName(*naive_before, access),
                NaiveName(*naive_after, access))
          << stack.ToString() << Changes(diff);
    }
    exact_themes += diff.inexact.empty() ? 1 : 0;
    for (int k = 0; k < 60; ++k) {
      const testing::OwnedAccess owned = random.NextAccess();
      if (told.count(owned.permission) != 0 ||
          diff.inexact.count(owned.permission) != 0 ||
          owned.form == Access::Form::kResolved) {
        continue;
      }
      ++silent;
      owned.View([&](const Access& access) {
        const std::string a = DecisionName((*before)->Check(access));
        const std::string b = DecisionName((*after)->Check(access));
        found += a != b ? 1 : 0;
        EXPECT_EQ(a, b) << owned.ToString() << "\n" << stack.ToString();
      });
    }
    if (::testing::Test::HasFailure()) break;
  }
  std::cout << examples << " examples, " << silent << " silent accesses, "
            << exact_themes << " exact comparisons\n";
  EXPECT_GT(examples, rounds / 3);
  EXPECT_GT(silent, rounds * 3);
  EXPECT_GT(exact_themes, rounds / 15);
  EXPECT_EQ(found, 0);
}

}  // namespace
}  // namespace postern
