#include "permission/internal/rule_table.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/policy_compiler.h"
#include "permission/internal/precedence.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"

namespace postern {
namespace internal {
namespace {

using ::postern::testing::RandomPolicy;

void ExpectSame(const Rule& got, const Rule& want) {
  EXPECT_EQ(got.effect, want.effect);
  EXPECT_EQ(got.permissions, want.permissions);
  EXPECT_EQ(got.pattern, want.pattern);
  EXPECT_EQ(got.source.kind, want.source.kind);
  EXPECT_EQ(got.source.name, want.source.name);
  EXPECT_EQ(got.source.line, want.source.line);
  EXPECT_EQ(got.source.column, want.source.column);
  EXPECT_EQ(got.reason, want.reason);
  EXPECT_EQ(got.limits.expires, want.limits.expires);
  EXPECT_EQ(got.limits.uses, want.limits.uses);
  EXPECT_EQ(got.limits.session, want.limits.session);
}

void ExpectAccessorsToAgree(const RuleTable& table, uint32_t number,
                            const Rule& want) {
  EXPECT_EQ(table.effect(number), want.effect);
  EXPECT_EQ(table.permissions(number), want.permissions);
  EXPECT_EQ(table.pattern_kind(number), want.pattern.kind());
  if (want.pattern.kind() == RulePattern::Kind::kText) {
    EXPECT_EQ(table.pattern_text(number), want.pattern.text());
  }
  EXPECT_EQ(table.reason(number), want.reason);
  EXPECT_EQ(table.Source(number).ToString(), want.source.ToString());
  EXPECT_EQ(table.limits(number) != nullptr, want.limits.any());
}

void ExpectToHold(const RuleTable& table, const PolicySpec& spec) {
  ASSERT_EQ(table.layers().size(), spec.layers.size());
  uint32_t number = 0;
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    const Layer& layer = spec.layers[i];
    const LayerSummary& summary = table.layers()[i];
    EXPECT_EQ(summary.name, layer.name);
    EXPECT_EQ(summary.default_effect, layer.default_effect);
    EXPECT_EQ(summary.precedence, layer.precedence);
    EXPECT_EQ(summary.mode, layer.mode);
    EXPECT_EQ(summary.conceal, layer.conceal);
    EXPECT_EQ(summary.first_rule, number);
    EXPECT_EQ(summary.rule_count, layer.rules.size());
    for (const Rule& rule : layer.rules) {
      EXPECT_EQ(table.layer(number), i);
      ExpectSame(table.Get(number), rule);
      ExpectAccessorsToAgree(table, number, rule);
      ++number;
    }
  }
  EXPECT_EQ(table.size(), number);
}

RuleSource File(int line, int column) {
  RuleSource source;
  source.kind = RuleSource::Kind::kFile;
  source.name = "a file that has a long name.textproto";
  source.line = line;
  source.column = column;
  return source;
}

Rule PathRule(absl::string_view text) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = PermissionSet(Permission::kFsRead);
  rule.pattern = RulePattern::Text(text);
  return rule;
}

TEST(RuleTableTest, KeepsEveryFieldOfARule) {
  PolicySpec spec;
  spec.layers.resize(3);
  spec.layers[0] = {"first",      Effect::kAllow, Precedence::kMostSpecific,
                    Mode::kAudit, true,           {}};
  spec.layers[2].name = "third";
  const Rule plain = PathRule("/a");
  const auto add = [&](size_t layer) -> Rule& {
    spec.layers[layer].rules.push_back(plain);
    return spec.layers[layer].rules.back();
  };
  add(0).effect = Effect::kDeny;
  add(0).effect = Effect::kAsk;
  add(0).permissions = PermissionSet::All();
  add(0).pattern = RulePattern::Whole();
  add(0).pattern = RulePattern::Text("");
  add(0).pattern = RulePattern::Text(std::string("\0/\xff", 3));
  add(0).pattern = RulePattern::Call("p.f", {}, CallForm::kExact);
  add(0).pattern = RulePattern::Call("p.f", {"", "x", ""}, CallForm::kList);
  add(0).pattern = RulePattern::Call("", {""}, CallForm::kExact);
  add(2).pattern = RulePattern::Secret({});
  add(2).pattern = RulePattern::Secret({"", "key", "**"});
  add(2).source = File(3, 4);
  add(2).source = File(1, 70000);
  add(2).source = File(1, 70001);
  add(2).source = File(-1, -1);
  add(2).source.kind = RuleSource::Kind::kApproval;
  add(2).reason = "because";
  add(2).limits.expires = absl::UnixEpoch();
  add(2).limits.uses = std::make_shared<UseCounter>(7);
  add(2).limits.session = "s";
  add(2);
  const absl::StatusOr<RuleTable> table = RuleTable::Make(spec);
  ASSERT_TRUE(table.ok()) << table.status();
  ExpectToHold(*table, spec);
  EXPECT_EQ(table->limited().size(), 3u);
}

TEST(RuleTableTest, KeepsRandomStacks) {
  RandomPolicy random(7);
  const int64_t cases = ::postern::testing::AmountOf({2000, 200, 20000});
  for (int64_t i = 0; i < cases && !HasFailure(); ++i) {
    PolicySpec spec = random.NextStack().spec;
    for (Layer& layer : spec.layers) {
      for (Rule& rule : layer.rules) {
        if (random.OneIn(2)) rule.source = File(random.Below(9), 1);
        if (random.OneIn(5)) rule.source.column = random.Below(1000);
        if (random.OneIn(5)) rule.reason = std::string(random.Below(3), 'x');
      }
    }
    const absl::StatusOr<RuleTable> table = RuleTable::Make(spec);
    ASSERT_TRUE(table.ok()) << table.status();
    ExpectToHold(*table, spec);
  }
}

TEST(RuleTableTest, IsSmallWhereRulesAreAlike) {
  struct Case {
    bool one_line;
    const char* why;
  };
  for (const Case& c : {Case{false, "a rule on each line"},
                        Case{true, "all rules on one line"}}) {
    PolicySpec spec;
    spec.layers.resize(1);
    size_t text = 0;
    for (int i = 0; i < 10000; ++i) {
      Rule rule = PathRule(absl::StrCat("/usr/share/", i));
      if (i % 20 == 0) rule.effect = Effect::kDeny;
      rule.source = c.one_line ? File(1, 300 + 40 * i) : File(i, i % 7);
      rule.reason = i % 3 == 0 ? "the same for many" : "";
      text += rule.pattern.text().size();
      spec.layers[0].rules.push_back(rule);
    }
    const absl::StatusOr<RuleTable> table = RuleTable::Make(spec);
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_LE(table->MemoryBytes(), text + 10000 * 12 + 2000) << c.why;
  }
}

TEST(RuleTableTest, TakesTextThatNoRuleHas) {
  PolicySpec spec;
  spec.layers.resize(1);
  spec.layers[0].rules = {PathRule("/a"), PathRule("/last")};
  absl::StatusOr<RuleTable> table = RuleTable::Make(spec);
  ASSERT_TRUE(table.ok()) << table.status();
  const absl::optional<uint32_t> more = table->mutable_arena()->Append("/more");
  table->mutable_arena()->Finish();
  EXPECT_EQ(table->arena().text(*more, 5), "/more");
  ExpectToHold(*table, spec);
}

TEST(RuleTableTest, RefusesWhatIsTooLarge) {
  PolicySpec spec;
  spec.layers.resize(1);
  spec.layers[0].rules = {PathRule("/abc"), PathRule("/def")};
  EXPECT_TRUE(RuleTable::Make(spec, 8).ok());
  EXPECT_EQ(RuleTable::Make(spec, 7).status(),
            absl::ResourceExhaustedError("the rules' text is too large"));
  spec.layers[0].rules[1].reason = "reasons count by themselves";
  EXPECT_EQ(RuleTable::Make(spec, 8).status(),
            absl::ResourceExhaustedError("the rules' text is too large"));
  EXPECT_EQ(RuleTable::kMaxRules, 4194302u);
  EXPECT_TRUE(RuleTable::Make(spec, 100, 2).ok());
  EXPECT_EQ(RuleTable::Make(spec, 100, 1).status(),
            absl::InvalidArgumentError("more than 1 rules"));
  spec.layers.resize(kMaxPolicyLayers + 1);
  EXPECT_EQ(RuleTable::Make(spec).status(),
            absl::InvalidArgumentError("more than 62 layers"));
}

TEST(RuleTableTest, APolicyHasSoManyAlternatives) {
  PolicySpec spec;
  spec.layers.resize(1);
  spec.layers[0].rules = {PathRule("/{a,b,c}"), PathRule("/plain"),
                          PathRule("/{a,b}/*")};
  const auto compile = [&spec](size_t max_patterns) {
    absl::StatusOr<RuleTable> table = RuleTable::Make(spec);
    std::vector<PolicyWarning> warnings;
    return PolicyCompiler::Compile({}, nullptr, &*table, &warnings,
                                   max_patterns)
        .status();
  };
  EXPECT_EQ(PolicyCompiler::kMaxPatterns, 8000000u);
  EXPECT_EQ(compile(6), absl::OkStatus());
  EXPECT_EQ(compile(5).message(),
            "rule 3 of layer \"\": the patterns so far expand to more than 5");
  // Endpoints are counted with them: a class is many blocks.
  Rule look_up;
  look_up.effect = Effect::kAllow;
  look_up.permissions = PermissionSet(Permission::kNetConnect);
  look_up.pattern = RulePattern::Text("@private");
  spec.layers[0].rules = {look_up};
  EXPECT_EQ(compile(1).code(), absl::StatusCode::kInvalidArgument);
}

TEST(RuleTableTest, NamesTheSourceOfAnError) {
  PolicySpec spec;
  spec.layers.resize(2);
  spec.layers[1].name = "second";
  spec.layers[0].rules = {PathRule("/a")};
  spec.layers[1].rules = {PathRule("/b"), PathRule("/c")};
  spec.layers[0].rules[0].source = File(2, 3);
  const absl::StatusOr<RuleTable> table = RuleTable::Make(spec);
  ASSERT_TRUE(table.ok()) << table.status();
  const absl::Status error = absl::InvalidArgumentError("no");
  EXPECT_EQ(AtRule(*table, 0, error).message(),
            "a file that has a long name.textproto:2:3: no");
  EXPECT_EQ(AtRule(*table, 2, error).message(),
            "rule 2 of layer \"second\": no");
}

}  // namespace
}  // namespace internal
}  // namespace postern
