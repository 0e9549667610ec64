// Asking for a whole subtree at once.

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/policy.h"

namespace postern {
namespace {

Rule RuleOf(Effect effect, const char* pattern) {
  Rule rule;
  rule.effect = effect;
  rule.permissions = PermissionSet(Permission::kFsRead);
  rule.pattern = RulePattern::Text(pattern);
  return rule;
}

struct Case {
  Precedence precedence;
  const char* allow;
  Effect effect;
  const char* other;  // a pattern for `effect`
  const char* asked;
  Effect want;
  const char* why;
};

constexpr Precedence kDenyOverrides = Precedence::kDenyOverrides;
constexpr Precedence kMostSpecific = Precedence::kMostSpecific;
constexpr Effect kDeny = Effect::kDeny, kAsk = Effect::kAsk,
                 kAllow = Effect::kAllow;

constexpr Case kCases[] = {
    {kDenyOverrides, "/a", kDeny, "/b", "/a", kAllow, "the grant covers it"},
    {kDenyOverrides, "/a", kDeny, "/a/b", "/a", kDeny, "a denial beneath"},
    {kDenyOverrides, "/a", kDeny, "/a/b", "/a/c", kAllow, "beside the denial"},
    {kDenyOverrides, "exact:/a", kDeny, "/b", "/a", kDeny, "the top alone"},
    {kDenyOverrides, "/a/*/**", kDeny, "/b", "/a", kDeny, "not its top"},
    {kDenyOverrides, "/a/*/**", kDeny, "/b", "/a/c", kAllow, "by wildcard"},
    {kDenyOverrides, "/", kDeny, "/**/x", "/a", kDeny, "x could be beneath"},
    {kDenyOverrides, "/a", kAsk, "/a/b", "/a", kAsk, "it asks beneath"},
    {kMostSpecific, "/a", kDeny, "/", "/a", kAllow, "more specific"},
    {kMostSpecific, "/a", kDeny, "/a/b", "/a", kDeny, "less specific there"},
    {kMostSpecific, "/a/**", kDeny, "exact:/a", "/a", kDeny, "denied on top"},
};

std::shared_ptr<const Policy> Build(const PolicySpec& spec) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(spec).Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *policy : nullptr;
}

PolicySpec SpecOf(const Case& c, Effect effect) {
  PolicySpec spec;
  spec.lenient_wildcards = true;
  spec.layers.resize(1);
  spec.layers[0].precedence = c.precedence;
  spec.layers[0].rules = {RuleOf(kAllow, c.allow), RuleOf(effect, c.other)};
  return spec;
}

TEST(SubtreeTest, IsGrantedOnlyIfAllOfItIs) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.allow, " and ", c.other, ": ", c.why));
    const auto policy = Build(SpecOf(c, c.effect));
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(
        policy->Check(Access::Subtree(Permission::kFsRead, c.asked)).effect(),
        c.want);
  }
}

TEST(SubtreeTest, ALimitedAskCountsWhereAnUnlimitedOneDoes) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.allow, " and ", c.other, ": ", c.why));
    PolicySpec spec = SpecOf(c, Effect::kAsk);
    const auto unlimited = Build(spec);
    spec.layers[0].rules[1].limits.expires = absl::InfiniteFuture();
    const auto limited = Build(spec);
    ASSERT_TRUE(unlimited != nullptr && limited != nullptr);
    const Access access = Access::Subtree(Permission::kFsRead, c.asked);
    EXPECT_EQ(limited->Check(access).effect(),
              unlimited->Check(access).effect());
  }
}

TEST(SubtreeTest, ALimitedWholeAllowHidesNoAskOnTop) {
  PolicySpec spec;
  spec.layers.resize(1);
  Rule whole = RuleOf(kAllow, "/");
  whole.pattern = RulePattern::Whole();
  whole.limits.expires = absl::InfiniteFuture();
  spec.layers[0].rules = {RuleOf(kAsk, "exact:/a"), whole};
  const auto policy = Build(spec);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->Check(Access::Subtree(Permission::kFsRead, "/a")).effect(),
            kAsk);
}

TEST(SubtreeTest, ALimitedAskInAnAuditLayerDoesNotAsk) {
  PolicySpec spec;
  spec.layers.resize(2);
  spec.layers[0].rules = {RuleOf(kAllow, "/a")};
  spec.layers[1].mode = Mode::kAudit;
  spec.layers[1].rules = {RuleOf(kAsk, "/a/b")};
  spec.layers[1].rules[0].limits.expires = absl::InfiniteFuture();
  const auto policy = Build(spec);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->Check(Access::Subtree(Permission::kFsRead, "/a")).effect(),
            kAllow);
}

}  // namespace
}  // namespace postern
