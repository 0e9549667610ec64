// One test for each numbered rule of docs/design.md, "How a decision is made";
// rules 5 to 8 are in decision_changes_test, decision_answers_test and
// decision_limits_test.

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::Allowing;
using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;

TEST(Rule1Test, UnionInsideALayerIntersectionBetweenLayers) {
  const Layer first =
      MakeLayer("first", Effect::kDeny,
                {{Effect::kAllow, kRead, "/a"}, {Effect::kAllow, kRead, "/b"}});
  const Layer second =
      MakeLayer("second", Effect::kDeny, {{Effect::kAllow, kRead, "/b"}});
  const auto policy = BuildOrDie({first, second});
  EXPECT_TRUE(policy->Check(Access::Path(kRead, "/b/x")).allowed());
  const Decision denied = policy->Check(Access::Path(kRead, "/a/x"));
  EXPECT_EQ(denied.effect(), Effect::kDeny);
  EXPECT_EQ(denied.reason(), Reason::kDefault);
  EXPECT_EQ(denied.layer(), 1);
}

TEST(Rule1Test, WithoutALayerThatDeniesByDefaultAllIsDenied) {
  const Layer ceiling = MakeLayer("ceiling", Effect::kAllow, {});
  const Decision denied =
      BuildOrDie({ceiling})->Check(Access::Path(kRead, "/a"));
  EXPECT_EQ(denied.effect(), Effect::kDeny);
  EXPECT_EQ(denied.reason(), Reason::kNoGrantLayer);
  EXPECT_FALSE(BuildOrDie({})->Check(Access::Path(kRead, "/a")).allowed());
}

// Nor is there anything to read of a tree in which no path has a rule.
TEST(Rule1Test, APolicyWithoutAnyLayerDeniesAll) {
  const RootContext root = MakeContext(BuildOrDie({}));
  for (const Access& access : {Access::Path(Permission::kFsRead, "/"),
                               Access::Path(Permission::kFsRead, "/a/b"),
                               Access::Subtree(Permission::kFsRead, "/"),
                               Access::Whole(Permission::kFsRead)}) {
    EXPECT_FALSE(root.context->Check(access).allowed());
  }
}

TEST(Rule1Test, AllowUnconfinedIsTheOneExceptionAndShows) {
  PolicyBuilder builder;
  builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  const auto policy = builder.Build();
  ASSERT_TRUE(policy.ok());
  EXPECT_TRUE((*policy)->unconfined());
  const Decision decision = (*policy)->Check(Access::Path(kRead, "/a"));
  EXPECT_TRUE(decision.allowed());
  EXPECT_EQ(decision.reason(), Reason::kUnconfined);
}

TEST(Rule1Test, TheStrictestOfDenyAskAllowWins) {
  const Layer grants =
      MakeLayer("grants", Effect::kDeny, {{Effect::kAllow, kRead, "/"}});
  const Layer asks =
      MakeLayer("asks", Effect::kAllow,
                {{Effect::kAsk, kRead, "/a"}, {Effect::kAsk, kRead, "/b"}});
  const Layer denies =
      MakeLayer("denies", Effect::kAllow, {{Effect::kDeny, kRead, "/b"}});
  const auto policy = BuildOrDie({grants, asks, denies});
  EXPECT_TRUE(policy->Check(Access::Path(kRead, "/c")).allowed());
  EXPECT_EQ(policy->Check(Access::Path(kRead, "/a")).effect(), Effect::kAsk);
  EXPECT_EQ(policy->Check(Access::Path(kRead, "/b")).effect(), Effect::kDeny);
}

TEST(Rule2Test, DenyOverrides) {
  const auto policy = BuildOrDie({MakeLayer("grants", Effect::kDeny,
                                            {{Effect::kAllow, kRead, "/a/b/c"},
                                             {Effect::kAsk, kRead, "/a/b"},
                                             {Effect::kDeny, kRead, "/a/x"},
                                             {Effect::kAllow, kRead, "/a"}})});
  EXPECT_EQ(policy->Check(Access::Path(kRead, "/a/b/c")).effect(),
            Effect::kAsk);
  EXPECT_EQ(policy->Check(Access::Path(kRead, "/a/x/y")).effect(),
            Effect::kDeny);
  EXPECT_TRUE(policy->Check(Access::Path(kRead, "/a/y")).allowed());
}

TEST(Rule2Test, MostSpecificSettlesEqualsByTheStrictest) {
  Layer layer = MakeLayer("grants", Effect::kDeny,
                          {{Effect::kAllow, kRead, "/a/b"},
                           {Effect::kDeny, kRead, "/a"},
                           {Effect::kAllow, kRead, "/a/c"},
                           {Effect::kDeny, kRead, "/a/c/**"}});
  layer.precedence = Precedence::kMostSpecific;
  // A rule without a resource ranks below every rule with one, and the
  // permission's own breadth does not count.
  layer.rules.push_back(MakeRule(Effect::kDeny, PermissionSet(kRead)));
  layer.rules.push_back(
      MakeRule(Effect::kAllow, PermissionSet::Parse("fs").value(), "/d"));
  const auto policy = BuildOrDie({layer});
  EXPECT_TRUE(policy->Check(Access::Path(kRead, "/a/b/x")).allowed());
  EXPECT_FALSE(policy->Check(Access::Path(kRead, "/a/x")).allowed());
  EXPECT_FALSE(policy->Check(Access::Path(kRead, "/a/c/x")).allowed());
  EXPECT_TRUE(policy->Check(Access::Path(kRead, "/d")).allowed());
}

TEST(Rule2Test, QueryAndEnforcementUseOneFunction) {
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  for (const char* path : {"/a", "/a/b", "/b", "/", "a", ""}) {
    const Access access = Access::Path(kRead, path);
    EXPECT_EQ(root.context->Check(access).effect(),
              root.context->Enforce(access).effect())
        << path;
  }
}

TEST(Rule3Test, OrderAndDuplicatesChangeNothing) {
  std::vector<Rule> rules = {
      MakeRule(Effect::kAllow, PermissionSet(kRead), "/a"),
      MakeRule(Effect::kDeny, PermissionSet(kRead), "/a/b"),
      MakeRule(Effect::kAsk, PermissionSet(kRead), "/a/c")};
  for (const Precedence precedence :
       {Precedence::kDenyOverrides, Precedence::kMostSpecific}) {
    Layer there, back;
    there.precedence = back.precedence = precedence;
    there.rules = rules;
    back.rules.assign(rules.rbegin(), rules.rend());
    back.rules.insert(back.rules.end(), rules.begin(), rules.end());
    for (const char* path : {"/a", "/a/b", "/a/b/x", "/a/c", "/x"}) {
      EXPECT_EQ(BuildOrDie({there})->Check(Access::Path(kRead, path)).effect(),
                BuildOrDie({back})->Check(Access::Path(kRead, path)).effect())
          << path;
    }
  }
}

TEST(Rule4Test, UnknownIsAMatchForDenyAndAskAndNoneForAllow) {
  const RulePattern du =
      RulePattern::Call("exec.in.run", {"du"}, CallForm::kList);
  const CallArg list[] = {CallArg::NotText()};
  const Access access = Access::Call({"exec.in.run", list, {}});
  const auto effect_with = [&](Effect effect) {
    Layer layer;
    layer.rules = {
        MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall)),
        MakeRule(effect, PermissionSet(Permission::kPluginCall), du)};
    return BuildOrDie({layer})->Check(access).effect();
  };
  EXPECT_EQ(effect_with(Effect::kDeny), Effect::kDeny);
  EXPECT_EQ(effect_with(Effect::kAsk), Effect::kAsk);
  Layer only_du;
  only_du.rules = {
      MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall), du)};
  EXPECT_EQ(BuildOrDie({only_du})->Check(access).effect(), Effect::kDeny);
}

// A program may read it as an option, and an option may name any file.
TEST(Rule4Test, ADashMakesAnArgumentNoPath) {
  enum class Fits { kNo, kUnknown, kYes };
  struct Case {
    std::vector<std::string> pattern;
    std::vector<CallArg> args;
    Fits want;
    const char* why;
  };
  const Case kCases[] = {
      {{"du", "path:."}, {{"du"}, {"a"}}, Fits::kYes, "a path below the base"},
      {{"du", "path:."}, {{"du"}, {"--files0-from=x"}}, Fits::kUnknown, ""},
      {{"du", "path:/a"},
       {{"du"}, {"-/../../../a/b"}},
       Fits::kUnknown,
       "a path, and an option"},
      {{"du", "path:/x"},
       {{"du"}, {"-"}},
       Fits::kUnknown,
       "of another folder, too"},
      {{"du", "path:/a"}, {{"du"}, {"/a/-x"}}, Fits::kYes, "not at its front"},
      {{"du", "path:."}, {{"du"}, {"./-x"}}, Fits::kYes, "not at its front"},
      {{"du", "--", "path:."},
       {{"du"}, {"--"}, {"-x"}},
       Fits::kYes,
       "options have ended"},
      {{"du", "--", "*", "path:."},
       {{"du"}, {"--"}, {"b"}, {"-x"}},
       Fits::kYes,
       "and do not begin again"},
      {{"du", "path:.", "--"},
       {{"du"}, {"-x"}, {"--"}},
       Fits::kUnknown,
       "they end behind it"},
      {{"du", "*", "path:."},
       {{"du"}, {"--"}, {"-x"}},
       Fits::kUnknown,
       "the pattern does not say \"--\""},
      {{"du", "{--,-s}", "path:."},
       {{"du"}, {"--"}, {"-x"}},
       Fits::kUnknown,
       "nor for certain"},
      {{"du", "re:--", "path:."},
       {{"du"}, {"--"}, {"-x"}},
       Fits::kUnknown,
       "nor as a literal"},
      {{"du", "--", "path:/x"},
       {{"du"}, {"--"}, {"-x"}},
       Fits::kNo,
       "a path elsewhere"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(absl::StrJoin(c.pattern, " "), ": ", c.why));
    const RulePattern pattern =
        RulePattern::Call("exec.in.run", c.pattern, CallForm::kExact);
    const PermissionSet call(Permission::kPluginCall);
    for (const Effect effect : {Effect::kAllow, Effect::kAsk, Effect::kDeny}) {
      for (const Precedence precedence :
           {Precedence::kDenyOverrides, Precedence::kMostSpecific}) {
        Layer layer;
        layer.precedence = precedence;
        layer.rules = {MakeRule(effect, call, pattern)};
        if (effect != Effect::kAllow) {
          layer.rules.push_back(MakeRule(Effect::kAllow, call));
        }
        const Effect otherwise =
            effect == Effect::kAllow ? Effect::kDeny : Effect::kAllow;
        const bool matches =
            c.want == Fits::kYes ||
            (c.want == Fits::kUnknown && effect != Effect::kAllow);
        const auto policy =
            PolicyBuilder().SetBaseDirectory("/a").AddLayer(layer).Build();
        ASSERT_TRUE(policy.ok()) << policy.status();
        EXPECT_EQ((*policy)
                      ->Check(Access::Call({"exec.in.run", c.args, {}}))
                      .effect(),
                  matches ? effect : otherwise);
      }
    }
  }
}

TEST(Rule4Test, WhatCannotBeUnderstoodIsDenied) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow, PermissionSet::All())};
  const auto policy = BuildOrDie({layer});
  const std::string long_path(4096, '/');
  const std::string nul("/a\0b", 4);
  const absl::string_view no_parts[] = {""};
  const struct {
    Access access;
    Reason reason;
  } cases[] = {
      {Access::Whole(Permission::kUnknown), Reason::kUnknownPermission},
      {Access::Whole(static_cast<Permission>(99)), Reason::kUnknownPermission},
      {Access::Path(kRead, ""), Reason::kInvalidResource},
      {Access::Path(kRead, nul), Reason::kInvalidResource},
      {Access::Path(kRead, long_path), Reason::kInvalidResource},
      {Access::Path(kRead, "relative"), Reason::kInvalidResource},
      {Access::Path(Permission::kEnvRead, "/a"), Reason::kInvalidResource},
      {Access::Name(kRead, "/a"), Reason::kInvalidResource},
      {Access::Name(Permission::kEnvRead, "A=B"), Reason::kInvalidResource},
      {Access::Name(Permission::kSysInfo, "shoesize"),
       Reason::kInvalidResource},
      {Access::Call({"nodot", {}, {}}), Reason::kInvalidResource},
      {Access::Secret(Permission::kSecretUse, {}), Reason::kInvalidResource},
      {Access::Secret(kRead, no_parts), Reason::kInvalidResource},
      {Access::Path(Permission::kNetConnect, "/a"), Reason::kInvalidResource},
  };
  for (const auto& c : cases) {
    const Decision decision = policy->Check(c.access);
    EXPECT_FALSE(decision.allowed()) << c.access.text();
    EXPECT_EQ(decision.reason(), c.reason) << c.access.text();
  }
}

TEST(Rule4Test, ASignatureNamesNoMoreThanCanBeBound) {
  const auto build = [](int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back(absl::StrCat("p", i));
    return PolicyBuilder().DeclareFunction("a.b", names).Build().status();
  };
  EXPECT_TRUE(build(64).ok());
  EXPECT_EQ(build(65).message(), "\"a.b\" has more than 64 parameters");
}

TEST(Rule9Test, ADenialIsConcealedIfAnyDenyingLayerConceals) {
  Layer hidden =
      MakeLayer("hidden", Effect::kAllow, {{Effect::kDeny, kRead, "/a/h"}});
  hidden.conceal = true;
  const Layer grants = MakeLayer(
      "grants", Effect::kDeny,
      {{Effect::kAllow, kRead, "/a"}, {Effect::kDeny, kRead, "/a/h/x"}});
  const RootContext root = MakeContext(BuildOrDie({grants, hidden}));
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a/h")).concealed());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a/h/x")).concealed())
      << "also when another layer is named";
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/b")).concealed());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).concealed());
  const Access access = Access::Path(kRead, "/a/h");
  const auto why = root.context->Explain(root.context->Check(access), access);
  ASSERT_TRUE(why.ok());
  for (const GuestDetail detail : {GuestDetail::kPlain, GuestDetail::kFull}) {
    EXPECT_EQ(GuestMessage(*why, detail), "no such resource: /a/h");
  }
}

TEST(Rule10Test, ADecisionOfZeroBytesOrWithEffectZeroIsADenial) {
  Decision zero;
  unsigned char bytes[8] = {};
  static_assert(sizeof(Decision) == sizeof(bytes), "8 bytes");
  std::memcpy(static_cast<void*>(&zero), bytes, sizeof(bytes));
  EXPECT_FALSE(zero.allowed());
  std::memset(bytes, 0xff, sizeof(bytes));
  bytes[0] = 0;
  std::memcpy(static_cast<void*>(&zero), bytes, sizeof(bytes));
  EXPECT_FALSE(zero.allowed());
  EXPECT_EQ(zero.effect(), Effect::kDeny);
  bytes[0] = 0xff;
  std::memcpy(static_cast<void*>(&zero), bytes, sizeof(bytes));
  EXPECT_FALSE(zero.allowed()) << "no effect of ours";
  static_assert(!std::is_convertible<Decision, bool>::value, "no accident");
  static_assert(!std::is_convertible<Decision, int>::value, "no accident");
}

TEST(Rule10Test, ExplainRefusesAStaleGeneration) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  const Access access = Access::Path(kRead, "/b");
  const Decision decision = root.context->Check(access);
  ASSERT_TRUE(root.context->Explain(decision, access).ok());
  ASSERT_TRUE(
      root.context->Publish(root.authority, Allowing(kRead, "/c")).ok());
  EXPECT_EQ(root.context->Explain(decision, access).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(root.context->Explain(root.context->Check(access), access).ok());
}

// A decision has 16 bits for its snapshot (docs/design.md, Explain).
TEST(Rule10Test, GenerationsBeginAgainAfterThousandsOfPublishes) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  const Access a = Access::Path(kRead, "/a"), b = Access::Path(kRead, "/b");
  const Decision allowed = root.context->Check(a);
  const Decision denied = root.context->Check(b);
  const auto policy = Allowing(kRead, "/c");
  for (int i = 1; i <= 65536; ++i) {
    ASSERT_TRUE(root.context->Publish(root.authority, policy).ok());
    root.context->Quiesce();
    if (i % 4096 != 0 && i < 65530) continue;
    EXPECT_EQ(root.context->Explain(denied, b).ok(), i == 65536) << i;
    // Never for what is decided otherwise by now.
    EXPECT_FALSE(root.context->Explain(allowed, a).ok()) << i;
  }
}

TEST(WholePermissionTest, IsGrantedOnlyIfNothingNarrowerIsDenied) {
  const auto check = [](std::vector<Layer> layers) {
    return BuildOrDie(std::move(layers))->Check(Access::Whole(kRead));
  };
  Layer all;
  all.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead))};
  EXPECT_TRUE(check({all}).allowed());
  EXPECT_FALSE(
      check({MakeLayer("some", Effect::kDeny, {{Effect::kAllow, kRead, "/"}})})
          .allowed())
      << "a subtree, even of all paths, is not the permission";
  Layer hole = all;
  hole.rules.push_back(MakeRule(Effect::kDeny, PermissionSet(kRead), "/a"));
  EXPECT_EQ(check({hole}).reason(), Reason::kNarrowerRule);
  Layer other = all;
  other.rules.push_back(MakeRule(Effect::kDeny, PermissionSet(kWrite), "/a"));
  EXPECT_TRUE(check({other}).allowed());
  Layer ask = all;
  ask.rules.push_back(MakeRule(Effect::kAsk, PermissionSet(kRead), "/a"));
  EXPECT_EQ(check({ask}).effect(), Effect::kAsk);
  EXPECT_FALSE(check({all, MakeLayer("ceiling", Effect::kAllow,
                                     {{Effect::kDeny, kRead, "/a"}})})
                   .allowed());
  const RootContext root = MakeContext(BuildOrDie({all}));
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("/a")).ok());
  EXPECT_FALSE(root.context->Check(Access::Whole(kRead)).allowed());
}

TEST(SubtreeTest, IsGrantedOnlyIfNothingBeneathIsDenied) {
  const auto policy =
      BuildOrDie({MakeLayer("grants", Effect::kDeny,
                            {{Effect::kAllow, kRead, "/a"},
                             {Effect::kDeny, kRead, "/a/b/c"},
                             {Effect::kAllow, kRead, "exact:/e"},
                             {Effect::kAllow, kRead, "/w/*"},
                             {Effect::kAllow, kRead, "/v/*/**"}})});
  const struct {
    const char* path;
    bool want;
  } cases[] = {{"/a", false},     {"/a/b", false}, {"/a/b/d", true},
               {"/a/b/c", false}, {"/a/x", true},  {"/e", false},
               {"/w/x", false},   {"/v/x", true},  {"/", false}};
  for (const auto& c : cases) {
    EXPECT_EQ(policy->Check(Access::Subtree(kRead, c.path)).allowed(), c.want)
        << c.path;
  }
  const RootContext root = MakeContext(policy);
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("/a/x/y"))
          .ok());
  EXPECT_FALSE(root.context->Check(Access::Subtree(kRead, "/a/x")).allowed());
  EXPECT_TRUE(root.context->Check(Access::Subtree(kRead, "/a/z")).allowed());
}

}  // namespace
}  // namespace postern
