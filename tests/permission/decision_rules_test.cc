// One test for each numbered rule of docs/design.md, "How a decision is made".

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "permission/audit.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::Allowing;
using testing::BuildOrDie;
using testing::FakeHandler;
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

TEST(Rule5Test, DropsOnlyNarrowAndSurviveANewPolicy) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("/a/b")).ok());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a/c")).allowed());
  const Decision denied = root.context->Check(Access::Path(kRead, "/a/b/x"));
  EXPECT_FALSE(denied.allowed());
  EXPECT_EQ(denied.reason(), Reason::kDropped);
  ASSERT_TRUE(root.context->Publish(root.authority, Allowing(kRead, "/")).ok());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/z")).allowed());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/b/x")).allowed());
}

TEST(Rule5Test, ADropThatCannotBeParsedDropsThePermissionWhole) {
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  const absl::Status status =
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("/a/[b"));
  EXPECT_EQ(status.message(),
            "invalid pattern \"/a/[b\" at column 4: \"[\" is reserved, "
            "expected \"\\[\"; all of fs.read was dropped");
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/c")).allowed());
}

TEST(Rule5Test, TooManyDropsDropThePermissionWhole) {
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  const auto drop = [&](const std::string& path) {
    ASSERT_TRUE(
        root.context->Drop(PermissionSet(kRead), RulePattern::Text(path)).ok());
  };
  for (int i = 0; i < PermissionContext::kMaxDrops; ++i) {
    drop(absl::StrCat("/a/", i));
    drop("/a/0/covered");  // already given up: takes no place
  }
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a/x")).allowed());
  drop("/a/one too many");
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/x")).allowed());
}

TEST(Rule5Test, ADropOfTooManyPartsDropsThePermissionWhole) {
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  const auto drop = [&](const std::string& path) {
    ASSERT_TRUE(
        root.context->Drop(PermissionSet(kRead), RulePattern::Text(path)).ok());
  };
  drop("/b/{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}");
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a/x")).allowed());
  std::string deep = "/c/{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}";
  for (int i = 0; i < 1000; ++i) deep += "/x";
  drop(deep);
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/x")).allowed());
}

TEST(Rule5Test, AChildSeesItsParentsChangesAtOnce) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  const auto child = root.context->Derive(
      {MakeLayer(
          "child", Effect::kDeny,
          {{Effect::kAllow, kRead, "/a/b"}, {Effect::kAllow, kRead, "/c"}})},
      {});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_TRUE((*child)->Check(Access::Path(kRead, "/a/b")).allowed());
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/a/x")).allowed());
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/c")).allowed());
  ASSERT_TRUE(
      root.context->Publish(root.authority, Allowing(kRead, "/c")).ok());
  EXPECT_TRUE((*child)->Check(Access::Path(kRead, "/c")).allowed());
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/a/b")).allowed());
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("/c/d")).ok());
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/c/d")).allowed());
  ASSERT_TRUE((*child)->Drop(PermissionSet(kRead), RulePattern::Whole()).ok());
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/c")).allowed());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/c")).allowed());
}

TEST(Rule5Test, NarrowingNeverSuppliesTheGrantLayer) {
  // Denied for want of a layer that denies by default; one that is added to
  // narrow must not turn that into a grant.
  const auto ceiling = BuildOrDie({MakeLayer("ceiling", Effect::kAllow, {})});
  const RootContext root = MakeContext(ceiling);
  const Layer grant =
      MakeLayer("grant", Effect::kDeny, {{Effect::kAllow, kRead, "/a"}});
  ASSERT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
  const auto child = root.context->Derive({grant}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/a")).allowed());
  ASSERT_TRUE(root.context->Restrict({grant}).ok());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
}

TEST(Rule5Test, NorDoesItWhereThePolicyHasNoLayerAtAll) {
  const Layer grant =
      MakeLayer("grant", Effect::kDeny, {{Effect::kAllow, kRead, "/a"}});
  const RootContext empty = MakeContext(BuildOrDie({}));
  ASSERT_TRUE(empty.context->Restrict({grant}).ok());
  EXPECT_EQ(empty.context->Check(Access::Path(kRead, "/a")).reason(),
            Reason::kNoGrantLayer);
  RootContext revoked = MakeContext(Allowing(kRead, "/"));
  ASSERT_TRUE(revoked.context->Restrict({grant}).ok());
  ASSERT_TRUE(revoked.context->Publish(revoked.authority, BuildOrDie({})).ok());
  EXPECT_FALSE(revoked.context->Check(Access::Path(kRead, "/a")).allowed());
}

TEST(Rule5Test, RestrictionsLeaveRoomForALargerPolicy) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  const Layer layer = MakeLayer("r", Effect::kAllow, {});
  for (int i = 0; i < PermissionContext::kMaxRestrictions; ++i) {
    ASSERT_TRUE(root.context->Restrict({layer}).ok()) << i;
  }
  EXPECT_EQ(root.context->Restrict({layer}).code(),
            absl::StatusCode::kResourceExhausted);
  const int room =
      PermissionContext::kMaxLayers - PermissionContext::kMaxRestrictions;
  const auto policy =
      BuildOrDie(std::vector<Layer>(room, MakeLayer("p", Effect::kDeny, {})));
  ASSERT_TRUE(root.context->Publish(root.authority, policy).ok());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
}

TEST(Rule5Test, AChildHasItsParentsSessionAndClock) {
  struct FakeClock : Clock {
    absl::Time Now() const override { return now; }
    absl::Time now = absl::UnixEpoch();
  } clock;
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead), "/session"),
                 MakeRule(Effect::kAllow, PermissionSet(kRead), "/expires")};
  layer.rules[0].limits.session = "monday";
  layer.rules[1].limits.expires = clock.now + absl::Seconds(5);
  ContextOptions monday;
  monday.session = "monday";
  ContextOptions clocked;
  clocked.clock = &clock;
  const auto policy = BuildOrDie({layer});
  const RootContext without = MakeContext(policy, clocked);
  EXPECT_EQ(without.context->Derive({}, monday).status().code(),
            absl::StatusCode::kInvalidArgument);
  const auto child = MakeContext(policy, monday).context->Derive({}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE((*child)->Check(Access::Path(kRead, "/session")).allowed());
  const auto timed = without.context->Derive({}, {});
  ASSERT_TRUE(timed.ok());
  EXPECT_TRUE((*timed)->Check(Access::Path(kRead, "/expires")).allowed());
  clock.now += absl::Seconds(5);
  EXPECT_FALSE((*timed)->Check(Access::Path(kRead, "/expires")).allowed());
}

TEST(Rule5Test, RestrictNeedsNoAuthorityPublishDoes) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  RootContext other = MakeContext(Allowing(kRead, "/a"));
  ASSERT_TRUE(root.context
                  ->Restrict({MakeLayer("r", Effect::kAllow,
                                        {{Effect::kDeny, kRead, "/a/b"}})})
                  .ok());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/b")).allowed());
  EXPECT_EQ(root.context->Publish(other.authority, Allowing(kRead, "/")).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/z")).allowed());
  const auto child = root.context->Derive({}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_EQ((*child)->Publish(root.authority, Allowing(kRead, "/")).code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(root.context->Publish(root.authority, Allowing(kRead, "/")).ok());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/z")).allowed());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/b")).allowed());
  const Authority moved = std::move(root.authority);
  EXPECT_EQ(root.context->Publish(root.authority, Allowing(kRead, "/"))
                .code(),  // NOLINT
            absl::StatusCode::kPermissionDenied);
  root.context->Seal();
  EXPECT_EQ(root.context->Publish(moved, Allowing(kRead, "/a")).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/z")).allowed());
}

TEST(Rule5Test, PublishesBeyondTheBoundFailAndChangeNothing) {
  RootContext root = MakeContext(Allowing(kRead, "/0"));
  int published = 0;
  while (root.context->Publish(root.authority, Allowing(kRead, "/1")).ok()) {
    ASSERT_LE(++published, PermissionContext::kMaxRetired);
  }
  EXPECT_EQ(root.context->Publish(root.authority, Allowing(kRead, "/2")).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/1")).allowed());
  root.context->Quiesce();
  EXPECT_TRUE(
      root.context->Publish(root.authority, Allowing(kRead, "/2")).ok());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/2")).allowed());
}

TEST(Rule5Test, DerivingTooDeepOrTooManyLayersIsAnError) {
  std::shared_ptr<const PermissionContext> context =
      MakeContext(Allowing(kRead, "/a")).context;
  for (int i = 0; i < PermissionContext::kMaxDepth; ++i) {
    const auto child = context->Derive({}, {});
    ASSERT_TRUE(child.ok()) << i;
    context = *child;
  }
  EXPECT_TRUE(context->Check(Access::Path(kRead, "/a")).allowed());
  EXPECT_EQ(context->Derive({}, {}).status().code(),
            absl::StatusCode::kResourceExhausted);
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  absl::Status status;
  int restrictions = 0;
  while (status.ok()) {
    status = root.context->Restrict({MakeLayer("r", Effect::kAllow, {})});
    ASSERT_LE(++restrictions, PermissionContext::kMaxLayers);
  }
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a")).allowed());
}

std::shared_ptr<const Policy> AskingTwice() {
  return BuildOrDie(
      {MakeLayer("grants", Effect::kDeny, {{Effect::kAsk, kRead, "/a"}}),
       MakeLayer("user", Effect::kAllow, {{Effect::kAsk, kRead, "/a/b"}})});
}

TEST(Rule6Test, CheckIsPureAndMayAnswerAsk) {
  FakeHandler handler;
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_EQ(root.context->Check(Access::Path(kRead, "/a/b")).effect(),
            Effect::kAsk);
  EXPECT_EQ(handler.asked.size(), 0u);
}

TEST(Rule6Test, OneQuestionForAllAskingLayers) {
  FakeHandler handler;
  handler.answer = {Effect::kAllow, AnswerLifetime::kSingle, {}, {}};
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/b")).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  EXPECT_EQ(handler.rules.size(), 2u);
  // "single" is not kept.
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/b")).allowed());
  EXPECT_EQ(handler.asked.size(), 2u);
}

TEST(Rule6Test, NoHandlerNoAnswerOrALateOneIsDenied) {
  const RootContext nobody = MakeContext(AskingTwice());
  const Decision denied = nobody.context->Enforce(Access::Path(kRead, "/a"));
  EXPECT_EQ(denied.effect(), Effect::kDeny);
  EXPECT_EQ(denied.reason(), Reason::kNoAnswer);
  FakeHandler handler;
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  handler.answer.effect = Effect::kAllow;
  EXPECT_FALSE(
      root.context
          ->Enforce(Access::Path(kRead, "/a"), absl::Now() - absl::Seconds(1))
          .allowed());
}

TEST(Rule6Test, AStoredAnswerHoldsForExactlyThatAccess) {
  FakeHandler handler;
  handler.answer = {Effect::kAllow, AnswerLifetime::kSession, {}, {}};
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/x")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/./x")).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  handler.answer.effect = Effect::kAsk;
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a/y")).allowed());
  EXPECT_FALSE(root.context->Enforce(Access::Subtree(kRead, "/a/x")).allowed());
  EXPECT_EQ(handler.asked.size(), 3u);
}

TEST(Rule6Test, AccessesThatPrintTheSameAreNotTheSame) {
  FakeHandler handler;
  handler.answer = {Effect::kAllow, AnswerLifetime::kForever, {}, {}};
  ContextOptions options;
  options.ask = &handler;
  Layer layer;
  layer.rules = {MakeRule(Effect::kAsk, PermissionSet(Permission::kPluginCall)),
                 MakeRule(Effect::kAsk, PermissionSet(Permission::kSecretUse))};
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  const auto call = [&](const std::vector<CallArg>& args) {
    return root.context->Enforce(Access::Call({"exec.in.run", args, {}}));
  };
  const auto secret = [&](const std::vector<absl::string_view>& parts) {
    return root.context->Enforce(Access::Secret(Permission::kSecretUse, parts));
  };
  EXPECT_TRUE(call({{"rm\", \"-rf"}}).allowed());
  EXPECT_TRUE(call({{"rm\", \"-rf"}}).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  EXPECT_TRUE(secret({"a/b"}).allowed());
  EXPECT_TRUE(secret({"a/b"}).allowed());
  EXPECT_EQ(handler.asked.size(), 2u);
  // Nobody knows whether two values that are no text are the same.
  EXPECT_TRUE(call({CallArg::NotText()}).allowed());
  handler.answer.effect = Effect::kAsk;
  EXPECT_FALSE(call({{"rm"}, {"-rf"}}).allowed());
  EXPECT_FALSE(secret({"a", "b"}).allowed());
  EXPECT_FALSE(call({CallArg::NotText()}).allowed());
}

TEST(Rule6Test, OrForWhatThePersonChose) {
  FakeHandler handler;
  handler.answer = {Effect::kAllow,
                    AnswerLifetime::kForever,
                    {},
                    RulePattern::Text("/a/dir")};
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/dir/x")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/dir/y")).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  // A choice that does not hold the access answers nothing.
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a/z")).allowed());
  // An answer given for one rule does not hold where another asks as well.
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a/b")).allowed());
}

TEST(Rule6Test, AStoredAnswerExpires) {
  struct FakeClock : Clock {
    absl::Time Now() const override { return now; }
    absl::Time now = absl::UnixEpoch();
  } clock;
  FakeHandler handler;
  handler.answer = {Effect::kAllow,
                    AnswerLifetime::kTimespan,
                    clock.now + absl::Minutes(10),
                    {}};
  ContextOptions options;
  options.ask = &handler;
  options.clock = &clock;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  clock.now += absl::Minutes(10);
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_EQ(handler.asked.size(), 2u);
}

TEST(Rule6Test, AnAnswerNeverMeetsADeny) {
  FakeHandler handler;
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  handler.answer = {Effect::kAllow, AnswerLifetime::kSession, {}, {}};
  handler.meanwhile = [&root] {
    ASSERT_TRUE(
        root.context->Drop(PermissionSet(kRead), RulePattern::Text("/a/b"))
            .ok());
  };
  const Decision denied = root.context->Enforce(Access::Path(kRead, "/a/b"));
  EXPECT_FALSE(denied.allowed());
  EXPECT_EQ(denied.reason(), Reason::kDropped);
}

TEST(Rule6Test, AnAnswerIsVoidWhenThePolicyChanges) {
  FakeHandler handler;
  ContextOptions options;
  options.ask = &handler;
  RootContext root = MakeContext(AskingTwice(), options);
  handler.answer = {Effect::kAllow, AnswerLifetime::kForever, {}, {}};
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  ASSERT_TRUE(root.context->Publish(root.authority, AskingTwice()).ok());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_EQ(handler.asked.size(), 2u);
  handler.meanwhile = [&root] {
    ASSERT_TRUE(root.context->Publish(root.authority, AskingTwice()).ok());
  };
  const Decision stale = root.context->Enforce(Access::Path(kRead, "/a/q"));
  EXPECT_FALSE(stale.allowed());
  EXPECT_EQ(stale.reason(), Reason::kStale);
}

TEST(Rule6Test, AnAnswerForASubtreeIsVoidWhenThePolicyChanges) {
  const auto asking = [](const char* path) {
    return BuildOrDie({MakeLayer(
        "grants", Effect::kDeny,
        {{Effect::kAllow, kRead, "/a"}, {Effect::kAsk, kRead, path}})});
  };
  FakeHandler handler;
  handler.answer = {Effect::kAllow, AnswerLifetime::kForever, {}, {}};
  ContextOptions options;
  options.ask = &handler;
  RootContext root = MakeContext(asking("/a/b"), options);
  const Access access = Access::Subtree(kRead, "/a");
  EXPECT_TRUE(root.context->Enforce(access).allowed());
  EXPECT_TRUE(root.context->Enforce(access).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  ASSERT_TRUE(root.context->Publish(root.authority, asking("/a/c")).ok());
  EXPECT_TRUE(root.context->Enforce(access).allowed());
  EXPECT_EQ(handler.asked.size(), 2u);
  handler.answer.lifetime = AnswerLifetime::kSingle;
  handler.meanwhile = [&] {
    ASSERT_TRUE(root.context->Publish(root.authority, asking("/a/d")).ok());
  };
  ASSERT_TRUE(root.context->Publish(root.authority, asking("/a/b")).ok());
  EXPECT_EQ(root.context->Enforce(access).reason(), Reason::kStale);
}

TEST(Rule6Test, AChoiceBeyondASubtreeIsKeptToIt) {
  FakeHandler handler;
  handler.answer = {
      Effect::kAllow, AnswerLifetime::kForever, {}, RulePattern::Text("/a")};
  ContextOptions options;
  options.ask = &handler;
  const RootContext root =
      MakeContext(BuildOrDie({MakeLayer("grants", Effect::kDeny,
                                        {{Effect::kAllow, kRead, "/a"},
                                         {Effect::kAsk, kRead, "/a/b/x"},
                                         {Effect::kAsk, kRead, "/a/other"}})}),
                  options);
  EXPECT_TRUE(root.context->Enforce(Access::Subtree(kRead, "/a/b")).allowed());
  handler.answer.effect = Effect::kAsk;
  EXPECT_TRUE(root.context->Enforce(Access::Subtree(kRead, "/a/b")).allowed());
  EXPECT_FALSE(root.context->Enforce(Access::Subtree(kRead, "/a")).allowed());
}

// The handler is the host's and may do what a host does.
TEST(Rule6Test, AHandlerMayPublishAndQuiesce) {
  FakeHandler handler;
  RingAuditSink sink(8);
  ContextOptions options;
  options.ask = &handler;
  options.audit = &sink;
  RootContext root = MakeContext(AskingTwice(), options);
  Layer limited;
  limited.name = "limited";
  limited.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead), "/a")};
  limited.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  handler.meanwhile = [&] {
    ASSERT_TRUE(
        root.context->Publish(root.authority, BuildOrDie({limited})).ok());
    root.context->Quiesce();
  };
  EXPECT_EQ(root.context->Enforce(Access::Path(kRead, "/a/b")).reason(),
            Reason::kNoAnswer);
  ASSERT_TRUE(root.context->Publish(root.authority, AskingTwice()).ok());
  handler.answer = {Effect::kAllow, AnswerLifetime::kSession, {}, {}};
  // Granted by what is in force by now, which is what pays and is reported.
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a/b")).allowed());
  EXPECT_EQ(limited.rules[0].limits.uses->left(), 0u);
  EXPECT_EQ(sink.Events().back().layer, "limited");
}

TEST(Rule6Test, ADeniedAnswerIsKeptToo) {
  FakeHandler handler;
  handler.answer = {Effect::kDeny, AnswerLifetime::kSession, {}, {}};
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(AskingTwice(), options);
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_EQ(root.context->Enforce(Access::Path(kRead, "/a")).reason(),
            Reason::kAnswered);
  EXPECT_EQ(handler.asked.size(), 1u);
}

TEST(Rule7Test, AuditLayersAreEvaluatedAndTakeNoPart) {
  Layer audit =
      MakeLayer("audit", Effect::kAllow,
                {{Effect::kDeny, kRead, "/a"}, {Effect::kAsk, kRead, "/b"}});
  audit.mode = Mode::kAudit;
  const Layer grants = MakeLayer(
      "grants", Effect::kDeny,
      {{Effect::kAllow, kRead, "/a/b"}, {Effect::kAllow, kRead, "/b"}});
  const auto policy = BuildOrDie({grants, audit});
  const Decision allowed = policy->Check(Access::Path(kRead, "/a/b"));
  EXPECT_TRUE(allowed.allowed());
  EXPECT_TRUE(allowed.would_deny());
  const Decision denied = policy->Check(Access::Path(kRead, "/a/c"));
  EXPECT_FALSE(denied.allowed());
  EXPECT_TRUE(denied.would_deny()) << "evaluated after a denial as well";
  const Decision asks = policy->Check(Access::Path(kRead, "/b"));
  EXPECT_TRUE(asks.allowed()) << "a layer in audit mode never prompts";
  EXPECT_FALSE(asks.would_deny());
  // It is no layer that grants either.
  Layer lone = MakeLayer("lone", Effect::kDeny, {{Effect::kAllow, kRead, "/"}});
  lone.mode = Mode::kAudit;
  EXPECT_FALSE(BuildOrDie({lone})->Check(Access::Path(kRead, "/")).allowed());
}

TEST(Rule7Test, AnAnswerKeepsWhatAuditLayersSay) {
  FakeHandler handler;
  ContextOptions options;
  options.ask = &handler;
  Layer audit =
      MakeLayer("audit", Effect::kAllow, {{Effect::kDeny, kRead, "/a"}});
  audit.mode = Mode::kAudit;
  const RootContext root =
      MakeContext(BuildOrDie({audit, MakeLayer("grants", Effect::kDeny,
                                               {{Effect::kAsk, kRead, "/a"}})}),
                  options);
  const Access access = Access::Path(kRead, "/a");
  EXPECT_TRUE(root.context->Enforce(access).would_deny()) << "no answer";
  handler.answer = {Effect::kAllow, AnswerLifetime::kForever, {}, {}};
  EXPECT_TRUE(root.context->Enforce(access).would_deny()) << "an answer";
  EXPECT_TRUE(root.context->Enforce(access).would_deny()) << "a stored one";
  EXPECT_EQ(handler.asked.size(), 2u);
}

TEST(Rule7Test, BothModesEnforce) {
  EXPECT_EQ(CombineModes(Mode::kAudit, Mode::kEnforce), Mode::kEnforce);
  EXPECT_EQ(CombineModes(Mode::kEnforce, Mode::kAudit), Mode::kEnforce);
  EXPECT_EQ(CombineModes(Mode::kAudit, Mode::kAudit), Mode::kAudit);
}

TEST(Rule8Test, LimitsAreErrorsOnDenyRules) {
  for (int limit = 0; limit < 3; ++limit) {
    Layer layer;
    layer.name = "grants";
    layer.rules = {MakeRule(Effect::kDeny, PermissionSet(kRead), "/a")};
    if (limit == 0) layer.rules[0].limits.expires = absl::Now();
    if (limit == 1)
      layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
    if (limit == 2) layer.rules[0].limits.session = "s";
    PolicyBuilder builder;
    EXPECT_EQ(builder.AddLayer(layer).Build().status().message(),
              "rule 1 of layer \"grants\": a deny rule cannot expire, be used "
              "up or end with a session");
  }
}

TEST(Rule8Test, AnExpiredRuleDoesNotHold) {
  struct FakeClock : Clock {
    absl::Time Now() const override {
      ++reads;
      return now;
    }
    absl::Time now = absl::UnixEpoch();
    mutable int reads = 0;
  } clock;
  Layer layer =
      MakeLayer("grants", Effect::kDeny, {{Effect::kAllow, kRead, "/b"}});
  ContextOptions options;
  options.clock = &clock;
  const RootContext without = MakeContext(BuildOrDie({layer}), options);
  static_cast<void>(without.context->Check(Access::Path(kRead, "/b")));
  EXPECT_EQ(clock.reads, 0) << "only policies with expiry read the clock";
  layer.rules.push_back(MakeRule(Effect::kAllow, PermissionSet(kRead), "/a"));
  layer.rules.back().limits.expires = clock.now + absl::Seconds(5);
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a/x")).allowed());
  clock.now += absl::Seconds(5);
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a/x")).allowed());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/b")).allowed());
}

TEST(Rule8Test, AUseIsTakenByTheActingCallAlone) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead), "/a"),
                 MakeRule(Effect::kAllow, PermissionSet(kRead), "/a/free")};
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(2);
  RootContext root = MakeContext(BuildOrDie({layer}));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a")).allowed());
    EXPECT_TRUE(root.context->Resolve(Access::Path(kRead, "/a")).allowed());
    // Where another rule grants, no use is taken.
    EXPECT_TRUE(
        root.context->Enforce(Access::Path(kRead, "/a/free")).allowed());
  }
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
  // A new policy from the same rule does not refill it.
  ASSERT_TRUE(root.context->Publish(root.authority, BuildOrDie({layer})).ok());
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
}

TEST(Rule8Test, ACounterInTwoLayersPaysOnceForAnAccess) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead), "/a")};
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  const RootContext root = MakeContext(BuildOrDie({layer, layer}));
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a")).allowed());
}

// An acting call that nothing limits takes a short cut; it must not take it
// past a rule that came later or from above.
TEST(Rule8Test, AUseIsTakenWhereverTheRuleComesFrom) {
  const auto layer = [](std::shared_ptr<UseCounter> uses) {
    Layer limited =
        MakeLayer("limited", Effect::kDeny, {{Effect::kAllow, kRead, "/a"}});
    limited.rules[0].limits.uses = std::move(uses);
    return limited;
  };
  const Access access = Access::Path(kRead, "/a");
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  const auto child = root.context->Derive({}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE((*child)->Enforce(access).allowed());

  const auto of_policy = std::make_shared<UseCounter>(3);
  ASSERT_TRUE(
      root.context->Publish(root.authority, BuildOrDie({layer(of_policy)}))
          .ok());
  EXPECT_TRUE((*child)->Enforce(access).allowed());
  EXPECT_EQ(of_policy->left(), 2u);

  const auto of_restriction = std::make_shared<UseCounter>(3);
  ASSERT_TRUE(root.context->Restrict({layer(of_restriction)}).ok());
  ASSERT_TRUE(
      root.context->Publish(root.authority, Allowing(kRead, "/a")).ok());
  EXPECT_TRUE((*child)->Enforce(access).allowed());
  EXPECT_EQ(of_restriction->left(), 2u);
  EXPECT_EQ(of_policy->left(), 2u);

  const auto of_child = std::make_shared<UseCounter>(1);
  const auto grandchild = (*child)->Derive({layer(of_child)}, {});
  ASSERT_TRUE(grandchild.ok());
  EXPECT_TRUE((*grandchild)->Enforce(access).allowed());
  EXPECT_EQ(of_child->left(), 0u);
  EXPECT_EQ(of_restriction->left(), 1u);
  EXPECT_FALSE((*grandchild)->Enforce(access).allowed());
  EXPECT_EQ(of_restriction->left(), 1u);
}

TEST(Rule8Test, ThreadsTakeEachUseOnce) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead), "/a")};
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1000);
  const RootContext root = MakeContext(BuildOrDie({layer}));
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 400; ++j) {
        if (root.context->Enforce(Access::Path(kRead, "/a")).allowed())
          ++granted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 1000);
}

TEST(Rule8Test, ASessionsRuleHoldsInThatSession) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow, PermissionSet(kRead), "/a")};
  layer.rules[0].limits.session = "monday";
  ContextOptions monday, tuesday;
  monday.session = "monday";
  tuesday.session = "tuesday";
  const auto policy = BuildOrDie({layer});
  const Access access = Access::Path(kRead, "/a");
  EXPECT_TRUE(MakeContext(policy, monday).context->Check(access).allowed());
  EXPECT_FALSE(MakeContext(policy, tuesday).context->Check(access).allowed());
  EXPECT_FALSE(MakeContext(policy).context->Check(access).allowed());
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

TEST(Rule10Test, AllZeroIsADenialAndEffectByteZeroToo) {
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
