// Rules 7 and 8 of docs/design.md, "How a decision is made": layers in audit
// mode, and rules that hold for a time, a session or some uses.

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
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

TEST(Rule8Test, ARuleThatIsAddedWholeKeepsItsLimitsAndItsSource) {
  Rule rule = MakeRule(Effect::kAllow, PermissionSet(kRead), "/a");
  rule.limits.uses = std::make_shared<UseCounter>(1);
  rule.source.kind = RuleSource::Kind::kTemplate;
  rule.source.name = "runtime";
  PolicyBuilder builder;
  builder.Allow(PermissionSet(kRead), RulePattern::Text("/b")).Add(rule);
  const auto policy = *builder.Build();
  const PolicySpec spec = policy->spec();
  ASSERT_EQ(spec.layers.size(), 1u) << "beside the others, not above them";
  ASSERT_EQ(spec.layers[0].rules.size(), 2u);
  EXPECT_EQ(spec.layers[0].rules[1].source.ToString(), "template runtime");
  const RootContext root = MakeContext(policy, ContextOptions());
  const Access access = Access::Path(kRead, "/a");
  EXPECT_TRUE(root.context->Enforce(access).allowed());
  EXPECT_FALSE(root.context->Enforce(access).allowed());
}

// What may have happened, in spite of what was taken away since.
TEST(Rule8Test, UndiminishedIsWithoutDropsUsesAndExpiry) {
  Layer layer = MakeLayer("grants", Effect::kDeny,
                          {{Effect::kAllow, kRead, "/a"},
                           {Effect::kAllow, kRead, "/b"},
                           {Effect::kAllow, kRead, "/c"},
                           {Effect::kAllow, kRead, "/d"}});
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  layer.rules[1].limits.expires = absl::UnixEpoch();
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const auto child = root.context->Derive(
      {MakeLayer("child", Effect::kAllow, {{Effect::kDeny, kRead, "/d"}})}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE((*child)->Enforce(Access::Path(kRead, "/a")).allowed());
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Whole()).ok());
  for (const char* path : {"/a", "/b", "/c"}) {
    const Access access = Access::Path(kRead, path);
    EXPECT_FALSE((*child)->Check(access).allowed()) << path;
    EXPECT_TRUE((*child)->CheckUndiminished(access).allowed()) << path;
  }
  for (const char* path : {"/d", "/e", ""}) {
    const Access access = Access::Path(kRead, path);
    EXPECT_FALSE((*child)->CheckUndiminished(access).allowed()) << path;
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

}  // namespace
}  // namespace postern
