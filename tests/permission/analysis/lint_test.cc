#include "permission/analysis/lint.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/analysis/decision_line.h"
#include "permission/analysis/policy_diff.h"
#include "permission/builder.h"
#include "permission/proto/policy_proto.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"

namespace postern {
namespace {

absl::Time Now() { return absl::UnixEpoch() + absl::Hours(24 * 365 * 60); }

// "line: code" of each finding, in order.
std::string Findings(const std::string& layers) {
  const auto spec = ParsePolicyText(
      absl::StrCat("version: 1 base_directory: \"/base\"\n", layers), "f");
  EXPECT_TRUE(spec.ok()) << spec.status();
  const auto policy = PolicyBuilder(*spec).Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  std::vector<std::string> lines;
  for (const LintFinding& finding : Lint(**policy, Now())) {
    lines.push_back(absl::StrCat(finding.source.line, ": ", finding.code));
  }
  return absl::StrJoin(lines, ", ");
}

TEST(LintTest, FindsRulesThatSayNothing) {
  struct Case {
    const char* rules;  // from line 3 on
    const char* want;
    const char* why;
  };
  const Case kCases[] = {
      {"rules { allow: \"fs.read\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "4: repeated", "beneath"},
      {"rules { allow: \"fs.read\" pattern: \"/a/b\" }\n"
       "rules { allow: \"fs\" pattern: \"/a\" }",
       "3: repeated", "in any order"},
      {"rules { allow: \"fs\" pattern: \"/a/b\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a\" }",
       "", "not for writing"},
      {"rules { allow: \"fs.read\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/**\" }",
       "4: repeated", "the same: the later one"},
      {"rules { allow: \"fs.read\" pattern: \"exact:/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "", "one node covers nothing beneath"},
      {"rules { allow: \"fs.read\" pattern: \"exact:/a/**\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "4: repeated", "all beneath is what it says, exactly"},
      {"rules { allow: \"fs.read\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/ab\" }",
       "", "another name"},
      {"rules { allow: \"fs.read\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/*/{b,c}\" }",
       "4: repeated", "wildcards beneath"},
      {"rules { allow: \"fs.read\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/{a,b}/c\" }",
       "", "one alternative is not"},
      {"rules { allow: \"fs.read\" pattern: \"/base/x\" }\n"
       "rules { allow: \"fs.read\" pattern: \"x/y\" }",
       "4: repeated", "a relative one"},
      {"rules { allow: \"fs\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.write\" pattern: \"/a\" }",
       "4: repeated, 5: repeated", "parts"},
      {"rules { deny: \"fs\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "4: overruled", "denied"},
      {"rules { ask: \"env.read\" pattern: \"A\" }\n"
       "rules { allow: \"env.read\" pattern: \"A\" }",
       "4: overruled", "asked"},
      {"rules { deny: \"env.read\" }\n"
       "rules { allow: \"env.read\" pattern: \"A\" }",
       "4: overruled", "a whole"},
      {"rules { allow: \"fs.read\" pattern: \"/a\" uses: 1 }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "", "what ends covers nothing"},
      {"precedence: MOST_SPECIFIC rules { deny: \"fs\" pattern: \"/a\" }\n"
       "rules { allow: \"fs.read\" pattern: \"/a/b\" }",
       "", "the more specific one wins"},
      {"precedence: MOST_SPECIFIC rules { deny: \"env\" pattern: \"A\" }\n"
       "rules { allow: \"env\" pattern: \"A\" }",
       "4: overruled", "as specific"},
      {"rules { ask: \"fs.read\" pattern: \"/a\" }\n"
       "rules { ask: \"fs.read\" pattern: \"/a/b\" }",
       "", "a yes to the wider rule would do for both"},
      {"rules { ask: \"fs\" pattern: \"/a\" }\n"
       "rules { ask: \"fs.read\" pattern: \"/a\" }",
       "", "a yes to a write would do for reading"},
      {"rules { ask: \"fs.read\" pattern: \"/a\" }\n"
       "rules { ask: \"fs.read\" pattern: \"/a\" }",
       "4: repeated", "asked twice about one thing"},
      {"rules { deny: \"fs.read\" pattern: \"/a\" }\n"
       "rules { deny: \"fs.read\" pattern: \"/a/b\" }",
       "", "bound: where a link /a/b leads, and its other names"},
      {"rules { deny: \"fs\" pattern: \"/a\" }\n"
       "rules { deny: \"fs.read\" pattern: \"/a\" }",
       "4: repeated", "the same path"},
      {"rules { deny: \"fs.read\" }\n"
       "rules { deny: \"fs.read\" pattern: \"/a\" }",
       "4: repeated", "every path"},
      {"rules { allow: \"fs\" }", "3: everything", ""},
      {"rules { allow: \"sys.info\" }", "", "one permission, as it says"},
      {"rules { allow: \"secret\" }", "3: everything", ""},
      {"rules { allow: \"env.read\" expires: \"2001-01-01T00:00:00Z\" }",
       "3: expired", ""},
      {"rules { allow: \"env.read\" expires: \"2101-01-01T00:00:00Z\" }", "",
       ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rules, "\n", c.why));
    std::string found =
        Findings(absl::StrCat("layers { name: \"g\"\n", c.rules, "\n}"));
    // Warnings that come first are another test's.
    if (absl::StrContains(c.want, "everything")) {
      EXPECT_TRUE(absl::EndsWith(found, c.want)) << found;
    } else {
      EXPECT_EQ(found, c.want);
    }
  }
}

TEST(LintTest, LooksAcrossLayers) {
  const char kGrant[] =
      "layers { name: \"g\"\n"
      "rules { allow: \"env.read\" pattern: \"A\" } }\n";
  EXPECT_EQ(Findings(absl::StrCat(kGrant,
                                  "layers { name: \"top\" default: ALLOW "
                                  "rules { deny: \"env\" } }")),
            "3: overruled-elsewhere");
  EXPECT_EQ(Findings(absl::StrCat(kGrant,
                                  "layers { name: \"top\" default: ALLOW mode: "
                                  "AUDIT rules { deny: \"env\" } }")),
            "")
      << "which only reports";
  EXPECT_EQ(Findings("layers { name: \"top\" default: ALLOW }"),
            "0: no-grants");
}

TEST(LintTest, ARuleOfASetIsNeededIfOneLayerNeedsIt) {
  const std::string set =
      "sets { name: \"s\" rules { deny: \"env\" pattern: \"A\" } }\n";
  const std::string one =
      "layers { name: \"g\" rules { deny: \"env\" } use: \"s\" }\n";
  const std::string two =
      "layers { name: \"h\" rules { deny: \"env\" } use: \"s\" }\n";
  EXPECT_EQ(Findings(set + one), "2: repeated");
  EXPECT_EQ(Findings(set + one + two), "2: repeated") << "once";
  EXPECT_EQ(Findings(set + one + "layers { name: \"h\" use: \"s\" }\n"), "");
}

TEST(LintTest, FindsHostsWithoutTheirPort) {
  const struct {
    const char* rules;  // from line 3 on
    const char* want;
  } kCases[] = {
      {"rules { allow: \"net.connect\" pattern: \"a.io\" }\n"
       "rules { allow: \"net.connect\" pattern: \"b.io\" }",
       ""},
      {"rules { allow: \"net.connect\" pattern: \"a.io\" }\n"
       "rules { allow: \"net.connect\" pattern: \"b.io:443\" }",
       "3: any-port"},
      {"rules { allow: \"net\" pattern: \"*.a.io\" }\n"
       "rules { allow: \"net.listen\" pattern: \"10.0.0.1:1-9\" }",
       "3: any-port"},
      {"rules { allow: \"net.listen\" pattern: \"10.0.0.1\" }\n"
       "rules { allow: \"net.connect\" pattern: \"b.io:443\" }",
       ""},
      {"rules { allow: \"net.connect\" pattern: \"a.io:1-65535\" }\n"
       "rules { allow: \"net.connect\" pattern: \"b.io:443\" }",
       ""},
      {"rules { allow: \"net.connect\" pattern: \"@loopback\" }\n"
       "rules { allow: \"net.connect\" pattern: \"unix:/run/x\" }\n"
       "rules { allow: \"net.connect\" pattern: \"b.io:443\" }",
       ""},
      {"rules { deny: \"net.connect\" pattern: \"a.io\" }\n"
       "rules { allow: \"net.connect\" pattern: \"b.io:443\" }",
       ""},
      {"rules { allow: \"net.connect\" pattern: \"a.io\" }\n"
       "rules { deny: \"net.connect\" pattern: \"b.io:443\" }",
       ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Findings(absl::StrCat("layers { name: \"g\"\n", c.rules, "\n}")),
              c.want)
        << c.rules;
  }
}

TEST(LintTest, FindsStricterRulesThatOneMoreArgumentEscapes) {
  const auto findings = [](const char* effect, const char* arguments) {
    return Findings(absl::StrCat("layers { name: \"g\"\nrules { ", effect,
                                 ": \"plugin.call\" call { function: \"a.b\" ",
                                 arguments, " } } }"));
  };
  for (const char* effect : {"deny", "ask"}) {
    EXPECT_EQ(findings(effect, "args: [\"rm\"]"), "3: exact-arguments");
    EXPECT_EQ(findings(effect, "args: [\"rm\", \"*\"]"), "3: exact-arguments");
    EXPECT_EQ(findings(effect, "args: [\"rm\", \"**\"]"), "");
    EXPECT_EQ(findings(effect, "args: \"rm\" further_args: true"), "");
    EXPECT_EQ(findings(effect, "no_args: true"), "");
    EXPECT_EQ(findings(effect, ""), "");
  }
  EXPECT_EQ(findings("allow", "args: [\"rm\"]"), "");
}

TEST(LintTest, FindsProgramsThatMayBeWritten) {
  const auto findings = [](const char* rules) {
    return Findings(absl::StrCat("layers { name: \"g\"\n", rules, "\n}"));
  };
  EXPECT_EQ(findings("rules { allow: \"fs.write\" pattern: \"/srv/app\" }\n"
                     "rules { allow: \"process.spawn\" pattern: "
                     "\"/srv/app/tool **\" }"),
            "4: writable-program");
  EXPECT_EQ(findings("rules { allow: \"fs.write\" pattern: \"/srv/app\" }\n"
                     "rules { deny: \"fs.write\" pattern: \"/srv/app/tool\" }\n"
                     "rules { allow: \"process.spawn\" pattern: "
                     "\"/srv/app/tool **\" }"),
            "");
  EXPECT_EQ(findings("rules { allow: \"fs.read\" pattern: \"/srv/app\" }\n"
                     "rules { allow: \"process.spawn\" pattern: "
                     "\"/srv/app/tool **\" }"),
            "");
}

TEST(LintTest, WarningsAreFindings) {
  EXPECT_EQ(Findings("layers { name: \"g\" rules { allow: \"code.load\" "
                     "pattern: \"/x\" } }"),
            "2: voids-model");
}

TEST(LintTest, BeginningsAreWhereRulesLie) {
  PolicySpec spec;
  spec.base_directory = "/base";
  spec.variables["V"] = "/v*";
  spec.layers.resize(1);
  spec.layers[0].name = "g";
  const auto policy = PolicyBuilder(spec).Build();
  ASSERT_TRUE(policy.ok());
  const std::pair<const char*, const char*> kCases[] = {
      {"/a/b", "/a/b"}, {"exact:/a//b/", "/a/b"}, {"/a/*.txt", "/a"},
      {"/a/**", "/a"},  {"/{a,b}/c*", "/a|/b"},   {"x/y", "/base/x/y"},
      {"../x", "/x"},   {"${V}/x", "/v*/x"},      {"/a\\*", "/a*"},
      {"/", ""},
  };
  for (const auto& [pattern, want] : kCases) {
    Rule rule;
    rule.permissions = PermissionSet(Permission::kFsRead);
    rule.pattern = RulePattern::Text(pattern);
    EXPECT_EQ(absl::StrJoin(LiteralBeginnings(**policy, rule), "|"), want)
        << pattern;
  }
  Rule name;
  name.permissions = PermissionSet(Permission::kEnvRead);
  name.pattern = RulePattern::Text("A");
  EXPECT_TRUE(LiteralBeginnings(**policy, name).empty());
}

// The policy without the rules that can be left out.
PolicySpec Without(PolicySpec spec, const std::set<std::string>& places) {
  for (Layer& layer : spec.layers) {
    std::vector<Rule> kept;
    for (Rule& rule : layer.rules) {
      if (places.count(rule.source.name) == 0) kept.push_back(std::move(rule));
    }
    layer.rules = std::move(kept);
  }
  return spec;
}

// Leaving out all that can be left out changes no answer, to a sample of what
// the rules name and to a random access.
TEST(LintTest, WhatCanBeLeftOutChangesNothing) {
  testing::RandomPolicy random(9121);
  int left_out = 0;
  const int64_t rounds = testing::AmountOf({4000, 800, 40000});
  for (int64_t i = 0; i < rounds; ++i) {
    testing::RandomStack stack = random.NextStack();
    if (stack.crowded) continue;
    int number = 0;
    for (Layer& layer : stack.spec.layers) {
      for (Rule& rule : layer.rules) {
        rule.source = RuleSource();
        rule.source.name = absl::StrCat("r", ++number);
      }
    }
    const auto before = PolicyBuilder(stack.spec).Build();
    if (!before.ok()) continue;
    std::set<std::string> places;
    for (const LintFinding& finding : Lint(**before, absl::Now())) {
      if (finding.code != "repeated" && finding.code != "overruled") continue;
      places.insert(finding.source.name);
    }
    if (places.empty()) continue;
    left_out += static_cast<int>(places.size());
    const auto after = PolicyBuilder(Without(stack.spec, places)).Build();
    ASSERT_TRUE(after.ok()) << after.status();
    SCOPED_TRACE(absl::StrCat(stack.ToString(),
                              "\nleft out: ", absl::StrJoin(places, " ")));
    for (const AccessChange& change : DiffPolicies(**before, **after).changes) {
      ADD_FAILURE() << DecisionName(change.before) << " before: "
                    << FormatDecisionLine(DecisionName(change.after),
                                          *change.example);
    }
    for (int k = 0; k < 40; ++k) {
      random.NextAccess().View([&](const Access& access) {
        const Decision a = (*before)->Check(access);
        const Decision b = (*after)->Check(access);
        EXPECT_EQ(a.effect(), b.effect());
      });
    }
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(left_out, rounds / 14);
}

}  // namespace
}  // namespace postern
