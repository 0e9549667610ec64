// Rule 6 of docs/design.md, "How a decision is made": questions and answers.

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/audit.h"
#include "permission/context.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::FakeHandler;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;

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

TEST(Rule6Test, AStoredAnswerHoldsForThePatternThatThePersonChose) {
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

TEST(Rule6Test, ANoIsStoredAsAYesIs) {
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

}  // namespace
}  // namespace postern
