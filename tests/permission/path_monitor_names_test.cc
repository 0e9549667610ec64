// What has to be granted by its name, or from a place on: pieces of procfs.

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/path_monitor_fixture.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::Right;
using fs::Rights;
using fs::Verdict;
using testing::Allowing;
using testing::BuildOrDie;
using testing::FakeHandler;
using testing::MakeLayer;
using testing::MakeRule;
using testing::Monitor;
using testing::Monitored;
using testing::RuleRow;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kDeny = Effect::kDeny, kAsk = Effect::kAsk,
                 kAllow = Effect::kAllow;
constexpr Rights kBoth = Right::kRead | Right::kWrite;

TEST(PathMonitorNamesTest, WhatMustBeNamedIsNotGrantedFromAbove) {
  struct Case {
    std::vector<RuleRow> rules;
    const char* path;
    bool want;
    const char* why;
  };
  const Case kCases[] = {
      {{{kAllow, kRead, "/"}}, "/proc/self/mem", false, "from above"},
      {{{kAllow, kRead, "/proc"}}, "/proc/self/mem", true, "at the place"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/proc/self/mem"}},
       "/proc/self/mem",
       true,
       "beneath, and from above"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/proc/self/maps"}},
       "/proc/self/mem",
       false,
       "something else is named"},
      {{{kAllow, kRead, "/"}, {kAllow, kWrite, "/proc/self/mem"}},
       "/proc/self/mem",
       false,
       "another right is"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/proc/*/mem"}},
       "/proc/self/mem",
       true,
       "by wildcard, from the place on"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/*/self/mem"}},
       "/proc/self/mem",
       false,
       "by wildcard, from above"},
      {{{kAllow, kRead, "/**/mem"}}, "/proc/self/mem", false, "anywhere"},
      {{{kAllow, kRead, "exact:/proc/self/mem"}},
       "/proc/self/mem",
       true,
       "alone"},
      {{{kAllow, kRead, "/proc"}, {kDeny, kRead, "/proc/self/mem"}},
       "/proc/self/mem",
       true,
       "named and denied: that was for Check() to say"},
      {{{kAsk, kRead, "/proc/self/mem"}}, "/proc/self/mem", true, "by an ask"},
      {{{kAsk, kRead, "/"}}, "/proc/self/mem", false, "an ask from above"},
      {{{kAllow, kRead, "/process"}, {kAllow, kRead, "/"}},
       "/process/x",
       false,
       "a twin by prefix of the place"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/proc/self/mem"}},
       "/proc/self/mem",
       false,
       "a denial is no grant"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    const Monitored m =
        Monitor(BuildOrDie({MakeLayer("grants", kDeny, c.rules)}));
    EXPECT_EQ(m.monitor->CheckNamed(Right::kRead, c.path, "/proc").allowed,
              c.want);
  }
}

TEST(PathMonitorNamesTest, OnlyGrantsOfALayerThatDeniesByDefaultName) {
  const char* const mem = "/proc/self/mem";
  Layer grants = MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}});
  Layer more = MakeLayer("more", kAllow, {{kAllow, kRead, mem}});
  const auto is_named = [&](const Layer& a, const Layer& b) {
    return Monitor(BuildOrDie({a, b}))
        .monitor->CheckNamed(Right::kRead, mem, "/proc")
        .allowed;
  };
  EXPECT_FALSE(is_named(grants, more)) << "a ceiling";
  more.default_effect = kDeny;
  more.rules.push_back(MakeRule(kAllow, PermissionSet(kRead), "/"));
  EXPECT_TRUE(is_named(grants, more));
  more.mode = Mode::kAudit;
  EXPECT_FALSE(is_named(grants, more)) << "in audit mode";
  more.mode = Mode::kEnforce;
  more.rules[0].limits.session = "other";
  EXPECT_FALSE(is_named(grants, more)) << "not in force";
  more.rules[0].limits.session = "";
  more.rules[0].limits.expires = absl::InfiniteFuture();
  EXPECT_TRUE(is_named(grants, more)) << "limited, in force";
}

TEST(PathMonitorNamesTest, WhatEnforceGrantedIsStillNamed) {
  const char* const mem = "/proc/self/mem";
  FakeHandler handler;
  handler.answer.effect = kAllow;
  ContextOptions options;
  options.ask = &handler;
  Layer grants = MakeLayer("grants", kDeny, {{kAsk, kRead, mem}});
  const Monitored asks = Monitor(BuildOrDie({grants}), options);
  EXPECT_TRUE(asks.monitor->Enforce(Right::kRead, mem, mem).allowed);
  EXPECT_TRUE(asks.monitor->CheckNamed(Right::kRead, mem, "/proc").allowed);
  EXPECT_EQ(handler.asked.size(), 1u) << "nobody is asked again";

  grants = MakeLayer("grants", kDeny, {{kAllow, kRead, mem}});
  grants.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  const Monitored once = Monitor(BuildOrDie({grants}));
  std::unique_ptr<fs::PathMonitor::Kept> kept, none;
  EXPECT_TRUE(once.monitor->EnforceIn(&kept, Right::kRead, mem, mem).allowed);
  EXPECT_EQ(grants.rules[0].limits.uses->left(), 0u);
  EXPECT_TRUE(
      once.monitor->EnforceNamedIn(&kept, Right::kRead, mem, "/proc").allowed);
  EXPECT_FALSE(
      once.monitor->EnforceNamedIn(&none, Right::kRead, mem, "/proc").allowed)
      << "another operation";
  EXPECT_FALSE(once.monitor->CheckNamed(Right::kRead, mem, "/proc").allowed);
  EXPECT_FALSE(once.monitor->Enforce(Right::kRead, mem, mem).allowed);

  grants.rules.push_back(MakeRule(kAllow, PermissionSet(kRead), "/"));
  EXPECT_FALSE(Monitor(BuildOrDie({grants}))
                   .monitor->CheckNamed(Right::kRead, mem, "/proc")
                   .allowed)
      << "a used-up rule does not name what another grants";
}

// The decision takes none where a rule without limits says the same.
TEST(PathMonitorNamesTest, ANameTakesTheUseThatTheDecisionDidNot) {
  const char* const mem = "/proc/self/mem";
  Layer grants =
      MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}, {kAllow, kWrite, "/"}});
  for (const Rights rights : {Rights(Right::kRead), kBoth}) {
    grants.rules.resize(2);
    const auto uses = std::make_shared<UseCounter>(2);
    for (const Permission permission : {kRead, kWrite}) {
      Rule rule = MakeRule(kAllow, PermissionSet(permission), mem);
      rule.limits.uses = uses;
      grants.rules.push_back(rule);
    }
    const Monitored m = Monitor(BuildOrDie({grants}));
    EXPECT_TRUE(m.monitor->CheckNamed(rights, mem, "/proc").allowed);
    EXPECT_EQ(uses->left(), 2u) << "checks take nothing";
    for (const bool want : {true, true, false}) {
      std::unique_ptr<fs::PathMonitor::Kept> kept;
      for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(m.monitor->EnforceIn(&kept, rights, mem, mem).allowed);
        EXPECT_EQ(
            m.monitor->EnforceNamedIn(&kept, rights, mem, "/proc").allowed,
            want);
      }
    }
    EXPECT_EQ(uses->left(), 0u);
  }
}

TEST(PathMonitorNamesTest, NoRightAndNoNameAreNotNamed) {
  const Monitored m = Monitor(Allowing(kRead, "/proc"));
  EXPECT_FALSE(m.monitor->CheckNamed(Rights(), "/proc/1", "/proc").allowed);
  EXPECT_FALSE(m.monitor->CheckNamed(Right::kRead, "", "/proc").allowed);
  EXPECT_FALSE(m.monitor->CheckNamed(Right::kRead, "proc", "/proc").allowed);
  EXPECT_FALSE(m.monitor->CheckNamed(kBoth, "/proc/1", "/proc").allowed);
}

TEST(PathMonitorNamesTest, UnconfinedNamesNothing) {
  PolicyBuilder builder;
  builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  const auto policy = builder.Build();
  ASSERT_TRUE(policy.ok());
  const Monitored m = Monitor(*policy);
  EXPECT_TRUE(m.monitor->Check(kBoth, "/proc/1/mem").allowed);
  const Verdict verdict = m.monitor->CheckNamed(kBoth, "/proc/1/mem", "/proc");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kNotNamed);
}

}  // namespace
}  // namespace postern
