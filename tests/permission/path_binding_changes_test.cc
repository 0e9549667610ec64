// What changes after a policy was bound: links that lead elsewhere, drops,
// answers, and policies that narrow (attack rows 99 and 100).

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/path_binding.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/path_binding_fixture.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using ::testing::IsEmpty;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kAllow = Effect::kAllow;
constexpr Effect kAsk = Effect::kAsk;
constexpr Effect kDeny = Effect::kDeny;

using testing::Policies;
using testing::RuleRow;

class PathBindingChangesTest : public testing::PathBindingTest {};

// Row 100.
TEST_F(PathBindingChangesTest, ATailMayAppearLater) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/abs/new/tail"}};
  const auto before = Bind(rules);
  ASSERT_EQ(before->binding()->pending().size(), 1u);
  EXPECT_EQ(Canonical(*before, kRead, "@/usr/new/tail/f"), kAllow);
  EXPECT_EQ(Asked(*before, kRead, "@/abs/new/tail/f"), kAllow);
  EXPECT_EQ(Canonical(*before, kRead, "@/usr/new"), kDeny);
  tree_.Dir("@/usr/new");
  tree_.Dir("@/usr/new/tail");
  EXPECT_EQ(Canonical(*before, kRead, "@/usr/new/tail/f"), kAllow);
  const auto after = Bind(rules, before);
  EXPECT_THAT(after->binding()->pending(), IsEmpty());
  EXPECT_THAT(after->binding()->drifts(), IsEmpty());
  EXPECT_EQ(Canonical(*after, kRead, "@/usr/new/tail/f"), kAllow);
}

TEST_F(PathBindingChangesTest, ATailThatAppearsAsALinkIsADrift) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/data/new"}};
  const auto before = Bind(rules);
  tree_.Link("@/data/new", "@/usr/bin/secret");
  const auto after = Bind(rules, before);
  EXPECT_EQ(after->binding()->drifts().size(), 1u);
  EXPECT_EQ(Canonical(*after, kRead, "@/usr/bin/secret"), kDeny);
}

// Row 99, the link that somebody else replaced.
TEST_F(PathBindingChangesTest, AfterADriftDenialsHoldOnBothAndGrantsOnNeither) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/data"},
                                      {kAllow, kRead, "@/usr/bin"},
                                      {kAllow, kWrite, "@/bin/ls"},
                                      {kDeny, kRead, "@/bin"}};
  const auto first = Bind(rules);
  EXPECT_EQ(Canonical(*first, kWrite, "@/usr/bin/ls"), kAllow);
  RootContext root = testing::MakeContext(first);
  EXPECT_EQ(Canonical(*root.context, kRead, "@/data/f"), kAllow);
  tree_.Remove("@/bin");
  tree_.Link("@/bin", "data");
  tree_.File("@/data/ls");

  const auto second = Bind(rules, first);
  ASSERT_TRUE(root.context->Publish(root.authority, second).ok());
  const PermissionContext& context = *root.context;
  EXPECT_EQ(Canonical(context, kRead, "@/usr/bin/ls"), kDeny) << "old";
  EXPECT_EQ(Canonical(context, kRead, "@/data/f"), kDeny) << "new";
  EXPECT_EQ(Canonical(context, kWrite, "@/usr/bin/ls"), kDeny) << "old";
  EXPECT_EQ(Canonical(context, kWrite, "@/data/ls"), kDeny) << "new";
  EXPECT_EQ(Canonical(context, kRead, "@/bin"), kDeny) << "the link";
  EXPECT_FALSE(context.Check(Access::Whole(kWrite)).allowed());
  const std::vector<PathBinding::Drift>& drifts = second->binding()->drifts();
  ASSERT_EQ(drifts.size(), 2u);
  EXPECT_EQ(drifts[0].now.written, tree_.At("@/bin/ls"));
  EXPECT_EQ(drifts[0].now.canonical, tree_.At("@/data/ls"));
  EXPECT_EQ(drifts[0].now.effect, kAllow);
  EXPECT_EQ(drifts[0].before, tree_.At("@/usr/bin/ls"));
  EXPECT_EQ(drifts[1].now.effect, kDeny);

  // It is not approved by being bound again.
  const auto third = Bind(rules, second);
  EXPECT_EQ(third->binding()->drifts().size(), 2u);
  EXPECT_EQ(Canonical(*third, kWrite, "@/data/ls"), kDeny);
  EXPECT_EQ(Canonical(*third, kRead, "@/usr/bin/ls"), kDeny);
  // Nor forgotten where it led meanwhile.
  tree_.Remove("@/bin");
  tree_.Link("@/bin", "usr");
  const auto fourth = Bind(rules, third);
  for (const char* path : {"@/usr/bin/ls", "@/data/f", "@/usr/x"}) {
    EXPECT_EQ(Canonical(*fourth, kRead, path), kDeny) << path;
  }
  EXPECT_EQ(fourth->binding()->drifts()[0].before, tree_.At("@/usr/bin/ls"));
  // What leads back is as it was approved.
  tree_.Remove("@/bin");
  tree_.Link("@/bin", "usr/bin");
  const auto fifth = Bind(rules, fourth);
  EXPECT_THAT(fifth->binding()->drifts(), IsEmpty());
  EXPECT_EQ(Canonical(*fifth, kWrite, "@/usr/bin/ls"), kAllow);
  EXPECT_EQ(Canonical(*fifth, kRead, "@/data/f"), kAllow);
}

TEST_F(PathBindingChangesTest, BoundWithoutThePreviousItIsApprovedAnew) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/bin"}};
  Bind(rules);
  tree_.Remove("@/bin");
  tree_.Link("@/bin", "data");
  const auto anew = Bind(rules);
  EXPECT_EQ(Canonical(*anew, kRead, "@/data/f"), kAllow);
  EXPECT_EQ(Canonical(*anew, kRead, "@/usr/bin/ls"), kDeny);
  EXPECT_THAT(anew->binding()->drifts(), IsEmpty());
}

TEST_F(PathBindingChangesTest, WhatBecameALinkDrifts) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/data/f"}};
  const auto before = Bind(rules);
  tree_.Remove("@/data/f");
  tree_.Link("@/data/f", "../usr/bin/secret");
  const auto after = Bind(rules, before);
  EXPECT_EQ(Canonical(*after, kRead, "@/usr/bin/secret"), kDeny);
  EXPECT_EQ(Canonical(*after, kRead, "@/data/f"), kDeny);
  // Rules that the previous policy did not have are new.
  const auto other =
      Bind({{kAllow, kRead, "@/data/f"}}, Bind({{kAllow, kRead, "@/usr"}}));
  EXPECT_EQ(Canonical(*other, kRead, "@/usr/bin/secret"), kAllow);
}

TEST_F(PathBindingChangesTest, DropsHoldOnBothSpellings) {
  const auto policy = Bind({{kAllow, kRead, "@"}, {kAllow, kRead, "@/bin"}});
  const RootContext root = testing::MakeContext(policy);
  const auto drop = [&](absl::string_view pattern) {
    return root.context->Drop(PermissionSet(kRead),
                              RulePattern::Text(tree_.At(pattern)));
  };
  EXPECT_EQ(Canonical(*root.context, kRead, "@/usr/bin/ls"), kAllow);
  ASSERT_TRUE(drop("@/bin").ok());
  for (const char* path : {"@/usr/bin/ls", "@/bin/ls", "@/bin"}) {
    EXPECT_EQ(Canonical(*root.context, kRead, path), kDeny) << path;
    EXPECT_EQ(Asked(*root.context, kRead, path), kDeny) << path;
  }
  EXPECT_EQ(Canonical(*root.context, kRead, "@/sh"), kAllow);
  // The same words may mean something else later.
  tree_.Remove("@/bin");
  tree_.Link("@/bin", "data");
  EXPECT_EQ(Canonical(*root.context, kRead, "@/data/f"), kAllow);
  ASSERT_TRUE(drop("@/bin").ok());
  EXPECT_EQ(Canonical(*root.context, kRead, "@/data/f"), kDeny);
  EXPECT_EQ(Canonical(*root.context, kRead, "@/usr/bin/ls"), kDeny);
  // What cannot be looked up is dropped whole.
  tree_.Link("@/loop", "loop");
  EXPECT_FALSE(drop("@/loop").ok());
  EXPECT_EQ(Canonical(*root.context, kRead, "@/usr"), kDeny);
}

// Reached through another link, so that it is neither the written spelling nor
// the target.
TEST_F(PathBindingChangesTest, DropsHoldOnTheOwnNameOfALink) {
  const RootContext root = testing::MakeContext(Bind({{kAllow, kRead, "@"}}));
  const auto drop = [&](absl::string_view pattern) {
    return root.context->Drop(PermissionSet(kRead),
                              RulePattern::Text(tree_.At(pattern)));
  };
  tree_.Link("@/usr/own", "@/data/nowhere");
  tree_.Link("@/via", "data");
  ASSERT_TRUE(drop("{@/data,@/via/own}").ok());
  tree_.Remove("@/via");
  tree_.Link("@/via", "usr");
  EXPECT_EQ(Canonical(*root.context, kRead, "@/usr/own"), kAllow);
  // Now its paths are covered by the drop before, its link is not.
  ASSERT_TRUE(drop("@/via/own").ok());
  EXPECT_EQ(Canonical(*root.context, kRead, "@/usr/own"), kDeny);
  EXPECT_EQ(Canonical(*root.context, kRead, "@/usr"), kAllow);
  const std::string above = tree_.At("@/usr");
  EXPECT_FALSE(
      root.context->Check(Access::CanonicalSubtree(kRead, above)).allowed());
}

TEST_F(PathBindingChangesTest, LayersThatNarrowAreBoundWhenTheyAreAdded) {
  const auto policy = Bind({{kAllow, kRead, "@"}, {kAllow, kRead, "@/bin"}});
  const auto layer = [&](Effect default_effect, Effect effect,
                         absl::string_view pattern) {
    Layer made;
    made.name = "more";
    made.default_effect = default_effect;
    made.rules.push_back(testing::MakeRule(effect, PermissionSet(kRead),
                                           tree_.At(pattern).c_str()));
    return made;
  };
  const RootContext root = testing::MakeContext(policy);
  const auto child =
      root.context->Derive({layer(kDeny, kAllow, "@/abs/bin")}, {});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(Canonical(**child, kRead, "@/usr/bin/ls"), kAllow);
  EXPECT_EQ(Asked(**child, kRead, "@/bin/ls"), kAllow);
  EXPECT_EQ(Canonical(**child, kRead, "@/data/f"), kDeny);
  ASSERT_TRUE(root.context->Restrict({layer(kAllow, kDeny, "@/sh")}).ok());
  for (const char* path : {"@/usr/bin/ls", "@/sh"}) {
    EXPECT_EQ(Canonical(*root.context, kRead, path), kDeny) << path;
    EXPECT_EQ(Canonical(**child, kRead, path), kDeny) << path;
  }
  EXPECT_EQ(Canonical(**child, kRead, "@/usr/bin/secret"), kAllow);
}

TEST_F(PathBindingChangesTest, StoredAnswersAreBound) {
  testing::FakeHandler handler;
  handler.answer = {kAllow,
                    AnswerLifetime::kForever,
                    {},
                    RulePattern::Text(tree_.At("@/bin"))};
  ContextOptions options;
  options.ask = &handler;
  const RootContext root =
      testing::MakeContext(Bind({{kAsk, kRead, "@/abs"}}), options);
  const auto enforce = [&](absl::string_view path) {
    return root.context->Enforce(Access::CanonicalPath(kRead, tree_.At(path)))
        .allowed();
  };
  EXPECT_TRUE(enforce("@/usr/bin/ls"));
  EXPECT_TRUE(enforce("@/usr/bin/secret"));
  EXPECT_EQ(handler.asked.size(), 1u);
}

// By whichever of both the links are known, a denial holds on both names.
TEST_F(PathBindingChangesTest, APolicyThatNarrowsHoldsBehindLinks) {
  PolicySpec spec;
  spec.layers = {testing::MakeLayer("ceiling", kAllow, {})};
  spec.layers[0].rules = {
      testing::MakeRule(kDeny, PermissionSet(kRead),
                        RulePattern::Text(tree_.At("@/bin/secret")))};
  const auto grants = Builder({{kAllow, kRead, "@"}});
  for (bool is_bound : {true, false}) {
    SCOPED_TRACE(is_bound ? "a bound ceiling" : "a bound root");
    const Policies ceiling = is_bound ? PolicyBuilder(spec).Bind().Build()
                                      : PolicyBuilder(spec).Build();
    const Policies root =
        is_bound ? grants.Build() : PolicyBuilder(grants).Bind().Build();
    ASSERT_TRUE(ceiling.ok() && root.ok());
    const RootContext context = testing::MakeContext(*root);
    ASSERT_TRUE(context.context->RestrictTo(*ceiling).ok());
    EXPECT_EQ(Asked(*context.context, kRead, "@/bin/secret"), kDeny);
    EXPECT_EQ(Canonical(*context.context, kRead, "@/usr/bin/secret"), kDeny);
    EXPECT_EQ(Canonical(*context.context, kRead, "@/usr/bin/ls"), kAllow);
  }
}

// What it was approved for, when it was bound, is not forgotten when it narrows
// another: neither by one that was bound again since then, nor by one that was
// not.
TEST_F(PathBindingChangesTest, APolicyThatNarrowsRemembersWhereItsLinksLed) {
  for (const Effect effect : {kDeny, kAllow}) {
    SCOPED_TRACE(effect == kDeny ? "denies" : "allows");
    PolicySpec spec;
    spec.layers = {
        testing::MakeLayer("ceiling", effect == kDeny ? kAllow : kDeny, {})};
    spec.layers[0].rules = {testing::MakeRule(
        effect, PermissionSet(kRead), RulePattern::Text(tree_.At("@/bin")))};
    tree_.Remove("@/bin");
    tree_.Link("@/bin", "usr/bin");
    const Policies approved = PolicyBuilder(spec).Bind().Build();
    tree_.Remove("@/bin");
    tree_.Link("@/bin", "data");
    ASSERT_TRUE(approved.ok()) << approved.status();
    const Policies again = PolicyBuilder(spec).Bind({}, *approved).Build();
    ASSERT_TRUE(again.ok()) << again.status();
    const auto grants = Bind({{kAllow, kRead, "@"}});
    for (const Policies& ceiling : {approved, again}) {
      const RootContext root = testing::MakeContext(grants);
      const auto child = root.context->DeriveWithin(*ceiling, {});
      ASSERT_TRUE(child.ok() && root.context->RestrictTo(*ceiling).ok());
      for (const PermissionContext* context :
           {root.context.get(), child->get()}) {
        EXPECT_EQ(Canonical(*context, kRead, "@/usr/bin/ls"), kDeny);
        EXPECT_EQ(Canonical(*context, kRead, "@/data/f"), kDeny);
        EXPECT_EQ(Canonical(*context, kRead, "@/usr/x"),
                  effect == kDeny ? kAllow : kDeny);
      }
    }
  }
}

}  // namespace
}  // namespace postern
