// Rule 5 of docs/design.md, "How a decision is made": drops, restrictions,
// children and publishing.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
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

TEST(Rule5Test, NarrowingGrantsNothingWhereThePolicyHasNoLayer) {
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

}  // namespace
}  // namespace postern
