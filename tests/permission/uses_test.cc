// What uses are taken for an access, and for an operation of several.

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/audit.h"
#include "permission/clock.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;

std::shared_ptr<UseCounter> Uses(uint32_t count) {
  return std::make_shared<UseCounter>(count);
}

Rule Allow(PermissionSet permissions, RulePattern pattern,
           std::shared_ptr<UseCounter> uses) {
  Rule rule = MakeRule(Effect::kAllow, permissions, std::move(pattern));
  rule.limits.uses = std::move(uses);
  return rule;
}

RulePattern Call(std::vector<std::string> args) {
  return RulePattern::Call("p.f", std::move(args), CallForm::kExact);
}

// Two patterns, an access that both cover, and one that only the first does.
struct TwoRules {
  const char* name;
  Permission permission;
  RulePattern wide, narrow;
  Access by_both, by_wide;
};

std::vector<TwoRules> EveryKind() {
  static const CallArg rm[] = {{"rm"}}, ls[] = {{"ls"}};
  static const absl::string_view root[] = {"root"}, db[] = {"db"};
  return {
      {"path", kRead, RulePattern::Text("/a"), RulePattern::Text("/a/b"),
       Access::Path(kRead, "/a/b"), Access::Path(kRead, "/a/c")},
      {"glob", kRead, RulePattern::Text("/a/*"), RulePattern::Text("/a/b*"),
       Access::Path(kRead, "/a/b1"), Access::Path(kRead, "/a/c")},
      {"whole", kRead, RulePattern::Whole(), RulePattern::Text("/a/b"),
       Access::Path(kRead, "/a/b"), Access::Path(kRead, "/a/c")},
      {"subtree", kRead, RulePattern::Text("/a"), RulePattern::Text("/a/b"),
       Access::Subtree(kRead, "/a/b"), Access::Subtree(kRead, "/a/c")},
      {"name", Permission::kEnvRead, RulePattern::Text("A*"),
       RulePattern::Text("AB"), Access::Name(Permission::kEnvRead, "AB"),
       Access::Name(Permission::kEnvRead, "AC")},
      {"host", Permission::kNetConnect, RulePattern::Text("*.io"),
       RulePattern::Text("a.io"),
       Access::Endpoint(Permission::kNetConnect, "a.io:1"),
       Access::Endpoint(Permission::kNetConnect, "b.io:1")},
      {"port", Permission::kNetConnect, RulePattern::Text(":1"),
       RulePattern::Text("a.io"),
       Access::Endpoint(Permission::kNetConnect, "a.io:1"),
       Access::Endpoint(Permission::kNetConnect, "b.io:1")},
      {"call", Permission::kPluginCall, Call({"*"}), Call({"rm"}),
       Access::Call({"p.f", rm, {}}), Access::Call({"p.f", ls, {}})},
      {"secret", Permission::kSecretUse, RulePattern::Secret({"*"}),
       RulePattern::Secret({"root"}),
       Access::Secret(Permission::kSecretUse, root),
       Access::Secret(Permission::kSecretUse, db)},
  };
}

TEST(UsesTest, EveryRuleThatGrantsPays) {
  for (const TwoRules& c : EveryKind()) {
    for (bool narrow_first : {false, true}) {
      SCOPED_TRACE(absl::StrCat(c.name, narrow_first ? ", narrow first" : ""));
      Layer layer;
      layer.rules = {Allow(PermissionSet(c.permission), c.wide, Uses(1)),
                     Allow(PermissionSet(c.permission), c.narrow, Uses(1))};
      if (narrow_first) std::reverse(layer.rules.begin(), layer.rules.end());
      const RootContext root = MakeContext(BuildOrDie({layer}));
      EXPECT_TRUE(root.context->Check(c.by_both).allowed());
      EXPECT_TRUE(root.context->Enforce(c.by_both).allowed());
      EXPECT_FALSE(root.context->Enforce(c.by_wide).allowed());
      EXPECT_FALSE(root.context->Enforce(c.by_both).allowed());
    }
  }
}

TEST(UsesTest, ARuleThatIsWrittenTwiceIsUsedOnce) {
  for (const TwoRules& c : EveryKind()) {
    SCOPED_TRACE(c.name);
    Layer layer;
    layer.rules = {Allow(PermissionSet(c.permission), c.wide, Uses(2)),
                   Allow(PermissionSet(c.permission), c.wide, Uses(2))};
    const RootContext root = MakeContext(BuildOrDie({layer}));
    EXPECT_TRUE(root.context->Enforce(c.by_wide).allowed());
    EXPECT_TRUE(root.context->Enforce(c.by_both).allowed());
    EXPECT_FALSE(root.context->Enforce(c.by_both).allowed());
  }
}

TEST(UsesTest, NoUseIsTakenWhereARuleWithoutUsesSaysTheSame) {
  for (const TwoRules& c : EveryKind()) {
    for (bool expires : {false, true}) {
      for (bool limited_first : {false, true}) {
        SCOPED_TRACE(absl::StrCat(c.name, expires, limited_first));
        const auto uses = Uses(1);
        Layer layer;
        layer.rules = {Allow(PermissionSet(c.permission), c.wide, nullptr),
                       Allow(PermissionSet(c.permission), c.narrow, uses)};
        if (expires) layer.rules[0].limits.expires = absl::InfiniteFuture();
        if (limited_first) std::reverse(layer.rules.begin(), layer.rules.end());
        const RootContext root = MakeContext(BuildOrDie({layer}));
        EXPECT_TRUE(root.context->Enforce(c.by_both).allowed());
        EXPECT_EQ(uses->left(), 1u);
      }
    }
  }
}

// The most specific rule pays alone; when it is used up, the next one does.
TEST(UsesTest, TheMostSpecificRulesPay) {
  for (const TwoRules& c : EveryKind()) {
    if (c.permission == Permission::kPluginCall ||
        c.permission == Permission::kSecretUse) {
      continue;  // whose patterns are as specific as each other
    }
    SCOPED_TRACE(c.name);
    const auto wide = Uses(1), narrow = Uses(1), again = Uses(1);
    Layer layer;
    layer.precedence = Precedence::kMostSpecific;
    layer.rules = {Allow(PermissionSet(c.permission), c.wide, wide),
                   Allow(PermissionSet(c.permission), c.narrow, narrow),
                   Allow(PermissionSet(c.permission), c.narrow, again)};
    const RootContext root = MakeContext(BuildOrDie({layer}));
    EXPECT_TRUE(root.context->Enforce(c.by_both).allowed());
    EXPECT_EQ(narrow->left() + again->left(), 0u);
    EXPECT_EQ(wide->left(), 1u);
    EXPECT_TRUE(root.context->Enforce(c.by_both).allowed());
    EXPECT_FALSE(root.context->Enforce(c.by_both).allowed());
  }
}

// The object on top and all beneath it may be granted by different rules.
TEST(UsesTest, BothPartsOfASubtreePay) {
  const auto top = Uses(1), all = Uses(1);
  Layer layer;
  layer.precedence = Precedence::kMostSpecific;
  layer.rules = {
      Allow(PermissionSet(kRead), RulePattern::Text("exact:/a"), top),
      Allow(PermissionSet(kRead), RulePattern::Text("/a"), all)};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  EXPECT_TRUE(root.context->Enforce(Access::Subtree(kRead, "/a")).allowed());
  EXPECT_EQ(top->left(), 0u);
  EXPECT_EQ(all->left(), 0u);
}

TEST(UsesTest, AnOperationTakesAUseOnce) {
  const auto uses = Uses(1);
  Layer layer;
  layer.rules = {Allow(PermissionSet(kRead) | PermissionSet(kWrite),
                       RulePattern::Text("/a"), uses)};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  OneOperation operation;
  const auto enforce = [&](Permission permission, const char* path) {
    return root.context
        ->Enforce(Access::Path(permission, path), absl::InfiniteFuture(),
                  &operation)
        .allowed();
  };
  EXPECT_TRUE(enforce(kRead, "/a/x"));
  EXPECT_TRUE(enforce(kWrite, "/a/x"));
  EXPECT_TRUE(enforce(kWrite, "/a/y"));
  EXPECT_FALSE(enforce(kWrite, "/b"));
  EXPECT_EQ(uses->left(), 0u);
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/a/x")).allowed());
}

struct Sink final : AuditSink {
  void Record(const AuditEvent& event) override { rules.push_back(event.rule); }
  std::vector<std::string> rules;
};

// What is recorded is explained after the operation took another use, which
// makes its list of them grow.
TEST(UsesTest, AnOperationThatIsRecordedTakesUsesOfSeveralRules) {
  Sink sink;
  ContextOptions options;
  options.audit = &sink;
  Layer layer;
  std::vector<std::string> names;
  for (int i = 0; i < 9; ++i) {
    names.push_back(absl::StrCat("/a", i));
    layer.rules.push_back(
        Allow(PermissionSet(kRead), RulePattern::Text(names.back()), Uses(1)));
  }
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  OneOperation operation;
  for (const std::string& name : names) {
    EXPECT_TRUE(root.context
                    ->Enforce(Access::Path(kRead, name), absl::InfiniteFuture(),
                              &operation)
                    .allowed());
  }
  EXPECT_EQ(sink.rules.size(), names.size());
}

TEST(UsesTest, BothRightsOfAnOpenTakeOneUse) {
  Layer layer;
  layer.rules = {Allow(PermissionSet(kRead) | PermissionSet(kWrite),
                       RulePattern::Text("/a"), Uses(1))};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const auto monitor = MakePathMonitor(root.context, {});
  const fs::Rights both = fs::Rights(fs::Right::kRead) | fs::Right::kWrite;
  EXPECT_TRUE(monitor->Enforce(both, "/a/x", "/a/x").allowed);
  EXPECT_FALSE(monitor->Enforce(both, "/a/x", "/a/x").allowed);
}

TEST(UsesTest, NoUseIsTakenWhereAnotherRuleHasNoneLeft) {
  UseCounter full(1), empty(0);
  EXPECT_FALSE(UseCounter::TakeEach({&full, &empty, &full}));
  EXPECT_EQ(full.left(), 1u);
  EXPECT_TRUE(UseCounter::TakeEach({&full, &full}));
  EXPECT_EQ(full.left(), 0u);
  EXPECT_TRUE(UseCounter::TakeEach({}));
}

// Two threads want the same two counters, of which one is empty: nobody may see
// that the other was taken for a moment.
TEST(UsesTest, NobodySeesAUseThatIsTakenInVain) {
  UseCounter full(1), empty(0);
  std::atomic<bool> stop{false};
  std::atomic<int> seen{0};
  std::thread taker([&] {
    while (!stop) UseCounter::TakeEach({&full, &empty});
  });
  for (int i = 0; i < 200000; ++i) seen += full.left() == 0 ? 1 : 0;
  stop = true;
  taker.join();
  EXPECT_EQ(seen, 0);
}

struct FakeClock final : Clock {
  absl::Time Now() const override { return now; }
  absl::Time now = absl::UnixEpoch() + absl::Hours(1000);
};

TEST(UsesTest, WhatWasSeenToExpireDoesNotComeBack) {
  FakeClock clock;
  ContextOptions options;
  options.clock = &clock;
  const auto layer = [&](absl::Duration ends) {
    Layer made;
    made.rules = {
        Allow(PermissionSet(kRead), RulePattern::Text("/a"), nullptr)};
    made.rules[0].limits.expires = clock.now + ends;
    return made;
  };
  RootContext root = MakeContext(BuildOrDie({layer(absl::Hours(1))}), options);
  const Access access = Access::Path(kRead, "/a");
  EXPECT_TRUE(root.context->Check(access).allowed());
  clock.now += absl::Hours(1);
  EXPECT_FALSE(root.context->Check(access).allowed());
  clock.now -= absl::Hours(1);
  EXPECT_FALSE(root.context->Check(access).allowed());
  EXPECT_FALSE(root.context->Enforce(access).allowed());
  // Nor with a new policy of the same rule; a longer one holds.
  ASSERT_TRUE(
      root.context->Publish(root.authority, BuildOrDie({layer(absl::Hours(1))}))
          .ok());
  EXPECT_FALSE(root.context->Check(access).allowed());
  ASSERT_TRUE(
      root.context->Publish(root.authority, BuildOrDie({layer(absl::Hours(2))}))
          .ok());
  EXPECT_TRUE(root.context->Check(access).allowed());
}

TEST(UsesTest, AChildSeesExpiredWhatItsParentSaw) {
  FakeClock clock;
  ContextOptions options;
  options.clock = &clock;
  Layer layer;
  layer.rules = {Allow(PermissionSet(kRead), RulePattern::Text("/a"), nullptr)};
  layer.rules[0].limits.expires = clock.now + absl::Hours(1);
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  const Access access = Access::Path(kRead, "/a");
  const auto before = root.context->Derive({}, {});
  ASSERT_TRUE(before.ok()) << before.status();
  clock.now += absl::Hours(1);
  EXPECT_FALSE(root.context->Check(access).allowed());
  clock.now -= absl::Hours(1);
  const auto after = (*before)->Derive({}, {});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_FALSE((*before)->Check(access).allowed());
  EXPECT_FALSE((*after)->Enforce(access).allowed());
}

// Nothing that did not expire is ended by a clock that ran ahead.
TEST(UsesTest, AClockThatRanAheadEndsOnlyWhatExpired) {
  FakeClock clock;
  ContextOptions options;
  options.clock = &clock;
  Layer layer;
  layer.rules = {Allow(PermissionSet(kRead), RulePattern::Text("/a"), nullptr),
                 Allow(PermissionSet(kRead), RulePattern::Text("/b"), nullptr)};
  layer.rules[0].limits.expires = clock.now + absl::Hours(1);
  layer.rules[1].limits.expires = clock.now + absl::Hours(3);
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  clock.now += absl::Hours(2);
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
  clock.now -= absl::Hours(2);
  EXPECT_FALSE(root.context->Check(Access::Path(kRead, "/a")).allowed());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/b")).allowed());
}

}  // namespace
}  // namespace postern
