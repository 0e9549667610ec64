// Policies bound to a file system with links (attack rows 27, 97 to 100).

#include "permission/path_binding.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/policy_fixture.h"
#include "tests/permission/temp_tree.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kAllow = Effect::kAllow;
constexpr Effect kAsk = Effect::kAsk;
constexpr Effect kDeny = Effect::kDeny;

using testing::RuleRow;
using testing::TempTree;
using Policies = absl::StatusOr<std::shared_ptr<const Policy>>;

// The tree that most tests use:
//   usr/bin/{ls,secret}, bin -> usr/bin, sh -> bin/ls (a link through a link),
//   abs -> /.../usr, data/f, up -> ../<root>/data.
class PathBindingTest : public ::testing::Test {
 protected:
  PathBindingTest() {
    tree_.Dir("@/usr");
    tree_.Dir("@/usr/bin");
    tree_.File("@/usr/bin/ls");
    tree_.File("@/usr/bin/secret");
    tree_.Link("@/bin", "usr/bin");
    tree_.Link("@/sh", "bin/ls");
    tree_.Link("@/abs", "@/usr");
    tree_.Dir("@/data");
    tree_.File("@/data/f");
    tree_.Link("@/usr/up", "../data");
  }

  PolicyBuilder Builder(const std::vector<RuleRow>& rows) const {
    PolicyBuilder builder;
    for (const RuleRow& row : rows) {
      const std::string text = tree_.At(row.pattern);
      const RulePattern pattern = RulePattern::Text(text);
      switch (row.effect) {
        case Effect::kAllow:
          builder.Allow(PermissionSet(row.permission), pattern);
          break;
        case Effect::kAsk:
          builder.Ask(PermissionSet(row.permission), pattern);
          break;
        case Effect::kDeny:
          builder.Deny(PermissionSet(row.permission), pattern);
          break;
      }
    }
    return builder;
  }
  Policies TryBind(const std::vector<RuleRow>& rows,
                   std::shared_ptr<const Policy> previous = nullptr,
                   PathBindingOptions options = {}) const {
    return Builder(rows).Bind(std::move(options), std::move(previous)).Build();
  }
  std::shared_ptr<const Policy> Bind(
      const std::vector<RuleRow>& rows,
      std::shared_ptr<const Policy> previous = nullptr,
      PathBindingOptions options = {}) const {
    Policies policy = TryBind(rows, std::move(previous), std::move(options));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return policy.ok() ? *policy : *PolicyBuilder().Bind().Build();
  }

  // What the names that are in a question decide: translated, and as they are.
  template <typename Decider>
  Effect Asked(const Decider& decider, Permission permission,
               absl::string_view path) const {
    return decider.Check(Access::Path(permission, tree_.At(path))).effect();
  }
  template <typename Decider>
  Effect Canonical(const Decider& decider, Permission permission,
                   absl::string_view path) const {
    return decider.Check(Access::CanonicalPath(permission, tree_.At(path)))
        .effect();
  }

  TempTree tree_;
};

TEST_F(PathBindingTest, UnboundPoliciesHaveNoBinding) {
  const Policies policy = Builder({{kAllow, kRead, "@/bin"}}).Build();
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ((*policy)->binding(), nullptr);
  EXPECT_EQ(Asked(**policy, kRead, "@/bin/ls"), kAllow);
  EXPECT_EQ(Canonical(**policy, kRead, "@/usr/bin/ls"), kDeny);
}

TEST_F(PathBindingTest, PatternsHoldForWhatTheirPrefixLeadsTo) {
  tree_.Link("@/c1", "c2");
  tree_.Link("@/c2", "@/usr/../c3");
  tree_.Link("@/c3", "./data//");
  const struct {
    const char* rule;
    const char* path;
    Effect canonical;
    const char* why;
  } kCases[] = {
      {"@/bin", "@/usr/bin/ls", kAllow, "a link to a directory"},
      {"@/bin", "@/usr/bin", kAllow, "and it itself"},
      {"@/bin", "@/usr/bin2", kDeny, "on component boundaries"},
      {"@/bin", "@/bin/ls", kDeny, "the written spelling is nobody's name"},
      {"@/bin/", "@/usr/bin/ls", kAllow, "a slash at the end"},
      {"@/bin/**", "@/usr/bin/ls", kAllow, "a subtree with stars"},
      {"@/bin/ls", "@/usr/bin/ls", kAllow, "a link on the way"},
      {"@/bin/ls", "@/usr/bin/secret", kDeny, "and no more than that"},
      {"@/sh", "@/usr/bin/ls", kAllow, "a link through a link"},
      {"@/sh", "@/usr/bin/secret", kDeny, "to one file"},
      {"@/abs/bin/ls", "@/usr/bin/ls", kAllow, "an absolute link"},
      {"@/abs/up/f", "@/data/f", kAllow, "a link that climbs"},
      {"@/c1", "@/data/f", kAllow, "a chain of all kinds"},
      {"exact:@/bin", "@/usr/bin", kAllow, "exact: the target"},
      {"exact:@/bin", "@/usr/bin/ls", kDeny, "exact: nothing beneath"},
      {"@/bin/l*", "@/usr/bin/ls", kAllow, "wildcards behind a link"},
      {"@/bin/l*", "@/usr/bin/secret", kDeny, "still mean something"},
      {"@/abs/**/ls", "@/usr/bin/ls", kAllow, "any depth behind a link"},
      {"@/{bin,data}/*", "@/usr/bin/ls", kAllow, "one alternative is bound"},
      {"@/{bin,data}/*", "@/data/f", kAllow, "another had nothing to bind"},
      {"@/{bin,data}/*", "@/usr/f", kDeny, "each by itself"},
      {"@/data", "@/data/f", kAllow, "no link"},
      {"@/b*n/ls", "@/usr/bin/ls", kDeny, "links that a wildcard matches"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rule, " vs ", c.path, ": ", c.why));
    const auto policy = Bind({{kAllow, kRead, c.rule}});
    ASSERT_NE(policy->binding(), nullptr);
    EXPECT_EQ(Canonical(*policy, kRead, c.path), c.canonical);
  }
}

TEST_F(PathBindingTest, SpecialBytesInCanonicalNamesAreLiteral) {
  tree_.Dir("@/o*{dd}");
  tree_.File("@/o*{dd}/f");
  tree_.Link("@/odd", "o*{dd}");
  const auto policy = Bind({{kAllow, kRead, "@/odd"}});
  EXPECT_EQ(Canonical(*policy, kRead, "@/o*{dd}/f"), kAllow);
  EXPECT_EQ(Canonical(*policy, kRead, "@/oxdd/f"), kDeny);
}

TEST_F(PathBindingTest, VariablesAndBaseDirectoryComeFirst) {
  PolicyBuilder builder;
  builder.SetBaseDirectory(tree_.At("@/abs"))
      .SetVariable("B", tree_.At("@/bin"));
  builder.Allow(PermissionSet(kRead), RulePattern::Text("${B}/ls"));
  builder.Allow(PermissionSet(kWrite), RulePattern::Text("up"));
  const Policies policy = builder.Bind().Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(Canonical(**policy, kRead, "@/usr/bin/ls"), kAllow);
  EXPECT_EQ(Canonical(**policy, kWrite, "@/data/f"), kAllow);
  EXPECT_EQ((*policy)->Check(Access::Path(kWrite, "up/f")).effect(), kAllow);
}

// Rows 97 and 98.
TEST_F(PathBindingTest, QuestionsAreTranslated) {
  const auto policy =
      Bind({{kAllow, kRead, "@/bin"}, {kDeny, kRead, "@/usr/bin/secret"}});
  const struct {
    const char* path;
    Effect want;
    const char* why;
  } kCases[] = {
      {"@/bin/ls", kAllow, "row 98"},
      {"@/usr/bin/ls", kAllow, "its canonical name"},
      {"@/bin/secret", kDeny, "row 97"},
      {"@/usr/bin/secret", kDeny, "its canonical name"},
      {"@/bin", kAllow, "the link: what it leads to"},
      {"@//bin/./ls", kAllow, "normal form first"},
      {"@/bin2/ls", kDeny, "on component boundaries"},
      {"@/data/f", kDeny, "elsewhere"},
  };
  const RootContext root = testing::MakeContext(policy);
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    EXPECT_EQ(Asked(*policy, kRead, c.path), c.want);
    EXPECT_EQ(Asked(*root.context, kRead, c.path), c.want);
  }
  EXPECT_EQ(
      root.context->Check(Access::Subtree(kRead, tree_.At("@/bin"))).effect(),
      kDeny)
      << "a denied file within";
  EXPECT_EQ(Canonical(*root.context, kRead, "@/bin/ls"), kDeny);
}

TEST_F(PathBindingTest, TheLongestSpellingIsTakenAndThenTheNext) {
  tree_.Link("@/data/in", "@/usr");
  const auto policy = Bind({{kAllow, kRead, "@/usr/up"},
                            {kAllow, kRead, "@/data/in/bin/ls"},
                            {kAllow, kRead, "@/bin/ls"},
                            {kAllow, kRead, "@/sh"}});
  const PathBinding& binding = *policy->binding();
  const auto translate = [&](absl::string_view path) {
    return binding.Translate(tree_.At(path)).value_or("none");
  };
  EXPECT_EQ(translate("@/usr/up/x"), tree_.At("@/data/x"));
  EXPECT_EQ(translate("@/usr/up"), tree_.At("@/data"));
  EXPECT_EQ(translate("@/usr/up2"), "none");
  EXPECT_EQ(translate("@/usr/up/in/bin/ls"), tree_.At("@/usr/bin/ls"));
  EXPECT_EQ(translate("@/usr/up/in/other"), tree_.At("@/usr/other"))
      << "a passed link is spelled otherwise too";
  EXPECT_EQ(translate("@/bin/x"), tree_.At("@/usr/bin/x"));
  EXPECT_EQ(translate("@/sh"), tree_.At("@/usr/bin/ls"));
  EXPECT_EQ(translate("relative"), "none");
  EXPECT_EQ(translate("/"), "none");
}

TEST_F(PathBindingTest, SpellingsLongerThanAPathAreInvalid) {
  tree_.Dir("@/a-rather-long-name-of-a-directory");
  tree_.Link("@/s", "a-rather-long-name-of-a-directory");
  const auto policy = Bind({{kAllow, kRead, "@/s"}});
  std::string name = tree_.At("@/s");
  while (name.size() + 200 < 4095) name += "/" + std::string(99, 'n');
  EXPECT_TRUE(policy->Check(Access::Path(kRead, name)).allowed());
  name += "/" + std::string(99, 'n');
  name += "/" + std::string(4095 - name.size() - 1, 'n');
  ASSERT_EQ(name.size(), 4095u);
  EXPECT_EQ(policy->Check(Access::Path(kRead, name)).reason(),
            Reason::kInvalidResource);
  EXPECT_FALSE(policy->binding()->Translate(name).has_value());
}

TEST_F(PathBindingTest, TheLinkItselfStaysReadable) {
  const auto policy = Bind({{kAllow, kRead, "@/bin"},
                            {kAllow, kWrite, "@/bin"},
                            {kAllow, kRead, "@/abs/up"},
                            {kDeny, kRead, "@/sh"},
                            {kAllow, kRead, "@/abs/bi*"}});
  const struct {
    Permission permission;
    const char* path;
    Effect want;
    const char* why;
  } kCases[] = {
      {kRead, "@/bin", kAllow, "the written link"},
      {kRead, "@/bin/ls", kDeny, "nothing beneath"},
      {kWrite, "@/usr/bin", kAllow, "what it leads to, for both"},
      {kWrite, "@/bin", kDeny, "for reading alone"},
      {kRead, "@/usr/up", kAllow, "by its own name"},
      {kRead, "@/abs/up", kDeny, "not as it was written"},
      {kRead, "@/abs", kDeny, "not a link on the way"},
      {kRead, "@/sh", kDeny, "with the effect of the rule"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    EXPECT_EQ(Canonical(*policy, c.permission, c.path), c.want);
  }
}

TEST_F(PathBindingTest, ADenialHoldsOnTheLinkItself) {
  const auto policy =
      Bind({{kAllow, kRead, "@"}, {kDeny, kRead, "exact:@/sh"}});
  EXPECT_EQ(Canonical(*policy, kRead, "@/sh"), kDeny);
  EXPECT_EQ(Canonical(*policy, kRead, "@/usr/bin/ls"), kDeny);
  EXPECT_EQ(Canonical(*policy, kRead, "@/bin"), kAllow);
}

TEST_F(PathBindingTest, ReportsWhatItFound) {
  const auto policy = Bind({{kAllow, kRead, "@/sh"},
                            {kDeny, kRead, "@/abs/new/tail"},
                            {kAllow, kRead, "@/data"},
                            {kAsk, kRead, "@/data/f/x"}},
                           nullptr, {{tree_.At("@/usr/up/f")}, 10, 10});
  const PathBinding& binding = *policy->binding();
  ASSERT_EQ(binding.prefixes().size(), 2u);
  EXPECT_EQ(binding.prefixes()[0].written, tree_.At("@/sh"));
  EXPECT_EQ(binding.prefixes()[0].canonical, tree_.At("@/usr/bin/ls"));
  EXPECT_EQ(binding.prefixes()[0].effect, kAllow);
  EXPECT_EQ(binding.prefixes()[1].canonical, tree_.At("@/usr/new/tail"));
  ASSERT_EQ(binding.pending().size(), 2u);
  EXPECT_EQ(binding.pending()[0].prefix.written, tree_.At("@/abs/new/tail"));
  EXPECT_EQ(binding.pending()[0].existing, tree_.At("@/usr"));
  EXPECT_EQ(binding.pending()[1].prefix.written, tree_.At("@/data/f/x"))
      << "beneath a file";
  EXPECT_THAT(binding.drifts(), IsEmpty());
  EXPECT_THAT(
      binding.protected_names(),
      ElementsAre(tree_.At("@/abs"), tree_.At("@/bin"), tree_.At("@/data/f"),
                  tree_.At("@/sh"), tree_.At("@/usr/up")));
  EXPECT_TRUE(binding.IsProtected(tree_.At("@/bin")));
  EXPECT_TRUE(binding.IsProtected(tree_.At("@/usr"))) << "a link beneath";
  EXPECT_TRUE(binding.IsProtected("/"));
  EXPECT_FALSE(binding.IsProtected(tree_.At("@/bin/ls")));
  EXPECT_FALSE(binding.IsProtected(tree_.At("@/us")));
  EXPECT_FALSE(binding.IsProtected(tree_.At("@/usr/bin")));
  ASSERT_NE(binding.Find(tree_.At("@/sh")), nullptr);
  EXPECT_EQ(binding.Find(tree_.At("@/sh"))->link, tree_.At("@/sh"));
  EXPECT_EQ(binding.Find(tree_.At("@/nothing")), nullptr);
  // What was written is still there for reports.
  EXPECT_EQ(policy->spec().layers[0].rules[0].pattern.text(), tree_.At("@/sh"));
}

TEST_F(PathBindingTest, WhatAPatternStandsForIsNoLongerThanAPath) {
  std::string deep = "@/data", rest;
  for (int i = 0; i < 12; ++i) {
    absl::StrAppend(&deep, "/", std::string(200, 'd'));
    tree_.Dir(deep);
    absl::StrAppend(&rest, "/", std::string(140, 'r'));
  }
  tree_.Link("@/short", deep);
  const std::string longer = absl::StrCat("@/short/*", rest);
  EXPECT_TRUE(TryBind({{kAllow, kRead, "@/short/*/r"}}).ok());
  EXPECT_TRUE(Builder({{kAllow, kRead, longer.c_str()}}).Build().ok());
  EXPECT_THAT(TryBind({{kAllow, kRead, longer.c_str()}}).status().message(),
              HasSubstr("what it stands for is longer than a path"));
}

TEST_F(PathBindingTest, ProtectedPathsAreAbsolute) {
  for (const char* path : {"relative", ""}) {
    const Policies policy =
        TryBind({{kAllow, kRead, "@/data"}}, nullptr, {{path}, 10, 10});
    ASSERT_FALSE(policy.ok());
    EXPECT_THAT(std::string(policy.status().message()),
                HasSubstr("expected an absolute path"));
  }
}

TEST_F(PathBindingTest, WhatCannotBeLookedUpIsAnError) {
  tree_.Link("@/loop", "loop");
  tree_.Link("@/back", "missing/../data");
  const struct {
    const char* rule;
    const char* want;
  } kCases[] = {
      {"@/loop/x",
       "rule 2 of layer \"grants\": cannot bind \"@/loop/x\": Too "
       "many levels of symbolic links"},
      {"/proc/self/exe", "cannot bind \"/proc/self/exe\": Too many levels"},
      {"@/back/f", "goes on behind a name that does not exist"},
  };
  for (const auto& c : kCases) {
    for (const Effect effect : {kAllow, kAsk, kDeny}) {
      SCOPED_TRACE(c.rule);
      const Policies policy =
          TryBind({{kAllow, kRead, "@/data"}, {effect, kRead, c.rule}});
      ASSERT_FALSE(policy.ok());
      EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(std::string(policy.status().message()),
                  HasSubstr(tree_.At(c.want)));
    }
  }
}

// An ordinary user binds `deny /root/.ssh` as well.
TEST_F(PathBindingTest, WhatMayNotBeSearchedIsPending) {
  if (geteuid() == 0) GTEST_SKIP() << "root may search every directory";
  tree_.Dir("@/closed");
  ASSERT_EQ(chmod(tree_.At("@/closed").c_str(), 0), 0);
  const auto policy =
      Bind({{kAllow, kRead, "@"}, {kDeny, kRead, "@/closed/x"}});
  ASSERT_EQ(policy->binding()->pending().size(), 1u);
  EXPECT_EQ(policy->binding()->pending()[0].existing, tree_.At("@/closed"));
  EXPECT_EQ(Canonical(*policy, kRead, "@/closed/x/y"), kDeny);
  // The directory itself can be named, but not looked into.
  EXPECT_TRUE(
      Bind({{kDeny, kRead, "@/closed"}})->binding()->guard_incomplete());
  EXPECT_EQ(chmod(tree_.At("@/closed").c_str(), 0700), 0);
}

// Row 100.
TEST_F(PathBindingTest, ATailMayAppearLater) {
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

TEST_F(PathBindingTest, ATailThatAppearsAsALinkIsADrift) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/data/new"}};
  const auto before = Bind(rules);
  tree_.Link("@/data/new", "@/usr/bin/secret");
  const auto after = Bind(rules, before);
  EXPECT_EQ(after->binding()->drifts().size(), 1u);
  EXPECT_EQ(Canonical(*after, kRead, "@/usr/bin/secret"), kDeny);
}

// Row 99, the link that the guest may replace.
TEST_F(PathBindingTest, LinksThatTheGuestMayReplaceAreRefused) {
  const struct {
    std::vector<RuleRow> rules;
    const char* link;  // that is named; "" = not refused
    const char* why;
  } kCases[] = {
      {{{kAllow, kRead, "@/bin"}, {kAllow, kWrite, "@"}}, "@/bin", "subtree"},
      {{{kAsk, kRead, "@/bin/ls"}, {kAllow, kWrite, "@"}}, "@/bin", "ask"},
      {{{kAllow, kRead, "@/bin"}, {kAsk, kWrite, "@"}}, "@/bin", "asked write"},
      {{{kAllow, kRead, "@/bin"}, {kAllow, kWrite, "exact:@/bin"}},
       "",
       "what the link leads to"},
      {{{kAllow, kRead, "@/bin"}, {kAllow, kWrite, "exact:@/b*n"}},
       "@/bin",
       "the link's own name"},
      {{{kAllow, kRead, "@/bin"}, {kAllow, kWrite, "exact:@"}},
       "@/bin",
       "the directory above alone"},
      {{{kAllow, kRead, "@/abs/up/f"}, {kAllow, kWrite, "exact:@/usr"}},
       "@/usr/up",
       "the second link of a chain"},
      {{{kAllow, kRead, "@/bin"}, {kAllow, kWrite, "@/data"}},
       "",
       "write access elsewhere"},
      {{{kAllow, kRead, "@/bin"}, {kAllow, kWrite, "@/usr"}},
       "",
       "the target may be replaced, the link not"},
      {{{kAllow, kRead, "@/usr/up"}, {kAllow, kWrite, "@/abs"}},
       "@/usr/up",
       "write access through another link"},
      {{{kAllow, kRead, "@"}, {kAllow, kWrite, "@"}}, "", "no link passed"},
      {{{kAllow, kRead, "@"}, {kAllow, kWrite, "@"}, {kDeny, kRead, "@/bin"}},
       "",
       "deny rules are not refused"},
      {{{kAllow, kRead, "@/usr/up"},
        {kAllow, kWrite, "@/usr"},
        {kDeny, kWrite, "exact:@/{usr,usr/u*}"}},
       "",
       "what else denies it"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.why);
    const Policies policy = TryBind(c.rules);
    if (*c.link == '\0') {
      EXPECT_TRUE(policy.ok()) << policy.status();
      continue;
    }
    ASSERT_FALSE(policy.ok());
    EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(policy.status().message()),
                HasSubstr(tree_.At(absl::StrCat(
                    "rule 1 of layer \"grants\": \"", c.rules[0].pattern,
                    "\" passes the link \"", c.link, "\""))));
    EXPECT_THAT(std::string(policy.status().message()),
                HasSubstr(tree_.At(": write \"@")));
    EXPECT_THAT(std::string(policy.status().message()),
                HasSubstr("\" instead, where it leads"));
  }
}

TEST_F(PathBindingTest, ALimitedWriteCountsForTheRefusal) {
  PolicySpec spec;
  spec.layers.push_back(testing::MakeLayer(
      "grants", kDeny, {{kAllow, kWrite, "/"}, {kAllow, kRead, "/"}}));
  spec.layers[0].rules[0].limits.session = "other";
  spec.layers[0].rules[1].pattern = RulePattern::Text(tree_.At("@/bin"));
  EXPECT_FALSE(PolicyBuilder(spec).Bind().Build().ok());
  spec.layers[0].rules[0].limits.session = "";
  spec.layers[0].rules[0].limits.uses = std::make_shared<UseCounter>(0);
  EXPECT_FALSE(PolicyBuilder(spec).Bind().Build().ok());
  spec.layers.push_back(
      testing::MakeLayer("ceiling", kAllow, {{kDeny, kWrite, "/"}}));
  EXPECT_TRUE(PolicyBuilder(spec).Bind().Build().ok());
}

// Row 99, the link that somebody else replaced.
TEST_F(PathBindingTest, AfterADriftDenialsHoldOnBothAndGrantsOnNeither) {
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

TEST_F(PathBindingTest, BoundWithoutThePreviousItIsApprovedAnew) {
  const std::vector<RuleRow> rules = {{kAllow, kRead, "@/bin"}};
  Bind(rules);
  tree_.Remove("@/bin");
  tree_.Link("@/bin", "data");
  const auto anew = Bind(rules);
  EXPECT_EQ(Canonical(*anew, kRead, "@/data/f"), kAllow);
  EXPECT_EQ(Canonical(*anew, kRead, "@/usr/bin/ls"), kDeny);
  EXPECT_THAT(anew->binding()->drifts(), IsEmpty());
}

TEST_F(PathBindingTest, WhatBecameALinkDrifts) {
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

TEST_F(PathBindingTest, DropsHoldOnBothSpellings) {
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
TEST_F(PathBindingTest, DropsHoldOnTheOwnNameOfALink) {
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

TEST_F(PathBindingTest, LayersThatNarrowAreBoundWhenTheyAreAdded) {
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

TEST_F(PathBindingTest, StoredAnswersAreBound) {
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

TEST_F(PathBindingTest, ExplanationsTellBothSpellings) {
  const RootContext root = testing::MakeContext(
      Bind({{kAllow, kRead, "@/bin"}, {kDeny, kRead, "@/bin/secret"}}));
  const auto explain = [&](absl::string_view path) {
    const std::string name = tree_.At(path);
    const Access access = Access::Path(kRead, name);
    return root.context->Explain(root.context->Check(access), access).value();
  };
  const Explanation through = explain("@/bin/secret");
  EXPECT_EQ(through.resource, tree_.At("@/bin/secret"));
  EXPECT_EQ(through.canonical, tree_.At("@/usr/bin/secret"));
  EXPECT_EQ(through.rule, tree_.At("@/bin/secret")) << "as it was written";
  EXPECT_THAT(through.ToText(),
              HasSubstr(tree_.At("  decided as: @/usr/bin/secret\n")));
  EXPECT_THAT(GuestMessage(through, GuestDetail::kPlain),
              Not(HasSubstr("/usr")));
  EXPECT_EQ(explain("@/usr/bin/secret").canonical, "");
  EXPECT_THAT(explain("@/usr/bin/secret").ToText(),
              Not(HasSubstr("decided as")));
}

// By whichever of both the links are known, a denial holds on both names.
TEST_F(PathBindingTest, APolicyThatNarrowsHoldsBehindLinks) {
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
TEST_F(PathBindingTest, APolicyThatNarrowsRemembersWhereItsLinksLed) {
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

// Row 27: what the identity guard knows.
TEST_F(PathBindingTest, DeniedFilesAreKnownByIdentity) {
  tree_.Dir("@/usr/bin/deep");
  tree_.File("@/usr/bin/deep/f");
  tree_.HardLink("@/usr/bin/deep/f", "@/data/alias");
  tree_.HardLink("@/usr/bin/ls", "@/usr/bin/ls2");
  const struct {
    const char* rule;
    const char* file;
    std::vector<std::string> names;
    const char* why;
  } kCases[] = {
      {"@/usr/bin/secret", "@/usr/bin/secret", {"@/usr/bin/secret"}, "a file"},
      {"@/usr/bin", "@/data/alias", {"@/usr/bin/deep/f"}, "beneath, by alias"},
      {"@/bin/deep", "@/data/alias", {"@/usr/bin/deep/f"}, "behind a link"},
      {"@/usr/bin/deep", "@/usr/bin/ls", {}, "not beneath"},
      {"exact:@/usr/bin/deep", "@/data/alias", {}, "the directory alone"},
      {"exact:@/usr/bin/deep",
       "@/usr/bin/deep",
       {"@/usr/bin/deep"},
       "a directory"},
      {"@/usr", "@/usr/bin/deep", {"@/usr/bin/deep"}, "one beneath"},
      {"exact:@/*/bin/d*",
       "@/usr/bin/deep",
       {"@/usr/bin/deep"},
       "one that a wildcard matches"},
      {"exact:@/usr/bin/deep/*", "@/usr/bin/deep", {}, "what is in it alone"},
      {"exact:@/usr/bin/ls", "@/usr/bin/ls2", {"@/usr/bin/ls"}, "one of two"},
      {"exact:@/*/bin/s*",
       "@/usr/bin/secret",
       {"@/usr/bin/secret"},
       "wildcard"},
      {"exact:@/*/bin/s*", "@/usr/bin/ls", {}, "not matched"},
      {"@/**/deep/**", "@/data/alias", {"@/usr/bin/deep/f"}, "any depth"},
      {"@/usr/bin", "@/bin", {}, "links are not followed"},
      {"@/none", "@/usr/bin/ls", {}, "nothing there"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rule, " vs ", c.file, ": ", c.why));
    const auto policy = Bind({{kAllow, kRead, "@"}, {kDeny, kRead, c.rule}});
    const std::vector<std::string>* names =
        policy->binding()->FindDenied(tree_.Identity(c.file));
    EXPECT_FALSE(policy->binding()->guard_incomplete());
    EXPECT_THAT(policy->warnings(), IsEmpty());
    if (c.names.empty()) {
      EXPECT_EQ(names, nullptr);
    } else {
      ASSERT_NE(names, nullptr);
      EXPECT_THAT(*names, ElementsAre(tree_.At(c.names[0])));
    }
  }
  // Grants and questions are not guarded.
  EXPECT_EQ(Bind({{kAllow, kRead, "@/data"}, {kAsk, kRead, "@/usr"}})
                ->binding()
                ->guarded_files(),
            0u);
  // Two names that are both denied.
  const auto both = Bind({{kDeny, kRead, "@/usr"}});
  EXPECT_EQ(both->binding()->FindDenied(tree_.Identity("@/usr/bin/ls"))->size(),
            2u);
}

// What is denied beside it as a whole spares a walk; other patterns do not.
TEST_F(PathBindingTest, ADenialAboveSparesNoWalkUnlessItIsForAll) {
  tree_.Dir("@/usr/bin/deep");
  tree_.File("@/usr/bin/deep/f");
  tree_.HardLink("@/usr/bin/deep/f", "@/data/alias");
  for (const char* above :
       {"@/usr/*.d/**", "exact:@/usr", "exact:@/usr/bin", "@/usr/b?x/**",
        "@/usr/bin/**/x/**", "@/usr", "@/usr/bin"}) {
    SCOPED_TRACE(above);
    const auto policy =
        Bind({{kDeny, kRead, above}, {kDeny, kRead, "@/usr/bin/deep"}});
    EXPECT_FALSE(policy->binding()->guard_incomplete());
    const std::vector<std::string>* names =
        policy->binding()->FindDenied(tree_.Identity("@/data/alias"));
    ASSERT_NE(names, nullptr);
    EXPECT_THAT(*names, ElementsAre(tree_.At("@/usr/bin/deep/f")));
  }
}

// So that its entries do not count twice.
TEST_F(PathBindingTest, AFolderInOneThatIsDeniedWholeIsWalkedOnce) {
  tree_.Dir("@/data/sub");
  tree_.File("@/data/sub/a");
  tree_.File("@/data/sub/b");
  PathBindingOptions options;
  options.max_guard_entries = 4;  // f, sub, a, b
  const auto incomplete = [&](std::vector<RuleRow> rows) {
    return Bind(rows, nullptr, options)->binding()->guard_incomplete();
  };
  const RuleRow whole = {kDeny, kRead, "@/data"};
  const RuleRow some = {kDeny, kRead, "exact:@/data/*x"};
  const RuleRow sub = {kDeny, kRead, "@/data/sub"};
  EXPECT_FALSE(incomplete({whole, some, sub}));
  EXPECT_FALSE(incomplete({some, sub, whole}));
}

TEST_F(PathBindingTest, TheGuardTriesSoManyPatternsAndSaysSo) {
  const char* const kThousand =
      "exact:@/data/*x{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}"
      "{0,1,2,3,4,5,6,7,8,9}";
  const char* const kRest = "exact:@/data/*y{a,b,c,d}{a,b,c,d,e,f}";
  EXPECT_FALSE(Bind({{kDeny, kRead, kThousand}, {kDeny, kRead, kRest}})
                   ->binding()
                   ->guard_incomplete());
  const auto policy = Bind({{kDeny, kRead, kThousand},
                            {kDeny, kRead, kRest},
                            {kDeny, kRead, "exact:@/data/*z"}});
  EXPECT_TRUE(policy->binding()->guard_incomplete());
  ASSERT_EQ(policy->warnings().size(), 1u);
  EXPECT_EQ(policy->warnings()[0].code, "guard-incomplete");
}

TEST_F(PathBindingTest, TheGuardIsBoundedAndSaysSo) {
  for (int i = 0; i < 5; ++i) tree_.File(absl::StrCat("@/data/n", i));
  const struct {
    size_t files;
    size_t entries;
    bool incomplete;
  } kCases[] = {{7, 6, false}, {6, 100, true}, {100, 5, true}, {0, 0, true}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.files, " files, ", c.entries, " entries"));
    const auto policy =
        Bind({{kDeny, kRead, "@/data"}}, nullptr, {{}, c.files, c.entries});
    EXPECT_EQ(policy->binding()->guard_incomplete(), c.incomplete);
    // The directory itself is no entry of it.
    EXPECT_EQ(policy->binding()->guarded_files(),
              std::min<size_t>(7, std::min(c.files, c.entries + 1)));
    ASSERT_EQ(policy->warnings().size(), c.incomplete ? 1u : 0u);
    if (c.incomplete) {
      EXPECT_EQ(policy->warnings()[0].code, "guard-incomplete");
      EXPECT_THAT(policy->warnings()[0].message,
                  HasSubstr(tree_.At("\"@/data\"")));
    }
  }
}

// Who fills a directory cannot push out what rules name elsewhere.
TEST_F(PathBindingTest, TheGuardKnowsWhatRulesNameBeforeWhatItFinds) {
  for (int i = 0; i < 5; ++i) tree_.Dir(absl::StrCat("@/data/n", i));
  const auto place = Bind(
      {{kDeny, kRead, "@/data/**/x/**"}, {kDeny, kRead, "exact:@/usr/new"}},
      nullptr, {{}, 1, 100});
  EXPECT_TRUE(place->binding()->guard_incomplete());
  const std::vector<std::string>* names =
      place->binding()->FindPlace(tree_.Identity("@/usr"));
  ASSERT_NE(names, nullptr);
  EXPECT_THAT(*names, ElementsAre(tree_.At("@/usr")));
  const auto file =
      Bind({{kDeny, kRead, "@/data"}, {kDeny, kRead, "exact:@/usr/bin/ls"}},
           nullptr, {{}, 2, 100});
  EXPECT_TRUE(file->binding()->guard_incomplete());
  EXPECT_NE(file->binding()->FindDenied(tree_.Identity("@/usr/bin/ls")),
            nullptr);
}

TEST_F(PathBindingTest, TheGuardSaysWhatItMayNotSee) {
  const std::string data = tree_.At("@/data");
  ASSERT_EQ(chmod(data.c_str(), 0400), 0);  // names, but nothing of them
  WithoutCapabilities([&] {
    EXPECT_TRUE(
        Bind({{kDeny, kRead, "@/data"}})->binding()->guard_incomplete());
  });
  ASSERT_EQ(chmod(data.c_str(), 0700), 0);
  WithoutCapabilities([&] {
    EXPECT_FALSE(
        Bind({{kDeny, kRead, "@/data"}})->binding()->guard_incomplete());
  });
}

// Whatever it sees afterwards.
TEST_F(PathBindingTest, OneClosedFolderLeavesTheGuardIncomplete) {
  tree_.Dir("@/data/closed");
  for (int i = 0; i < 60; ++i) tree_.File(absl::StrCat("@/data/", i));
  const std::string closed = tree_.At("@/data/closed");
  ASSERT_EQ(chmod(closed.c_str(), 0), 0);
  WithoutCapabilities([&] {
    EXPECT_TRUE(
        Bind({{kDeny, kRead, "@/data"}})->binding()->guard_incomplete());
  });
  ASSERT_EQ(chmod(closed.c_str(), 0700), 0);
}

// What is gone has no other name to be reached by.
TEST_F(PathBindingTest, WhatGoesAwayMeanwhileIsNotMissed) {
  constexpr int kFiles = 1500;
  const auto name = [](int i) { return absl::StrCat("@/data/", i); };
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kFiles; ++i) tree_.File(name(i));
    std::thread remover([&] {
      for (int i = 0; i < kFiles; ++i) tree_.Remove(name(i));
    });
    const auto policy = Bind({{kDeny, kRead, "@/data"}});
    remover.join();
    EXPECT_FALSE(policy->binding()->guard_incomplete());
  }
}

TEST_F(PathBindingTest, DeepTreesAreWalkedUpToABound) {
  std::string name = "@/data";
  for (int i = 0; i < 80; ++i) {
    name += "/d";
    tree_.Dir(name);
    tree_.File(name + "/f");
  }
  const auto policy = Bind({{kDeny, kRead, "@/data"}});
  EXPECT_TRUE(policy->binding()->guard_incomplete());
  EXPECT_GT(policy->binding()->guarded_files(), 60u);
}

int OpenDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) != -1;
  return count;
}

TEST_F(PathBindingTest, NoDescriptorIsLeftOpen) {
  const int before = OpenDescriptors();
  {
    const auto policy = Bind({{kAllow, kRead, "@/bin"}, {kDeny, kRead, "@"}});
    tree_.Link("@/loop", "loop");
    EXPECT_FALSE(TryBind({{kAllow, kRead, "@/loop"}}).ok());
    const RootContext root = testing::MakeContext(policy);
    EXPECT_TRUE(
        root.context
            ->Drop(PermissionSet(kRead), RulePattern::Text(tree_.At("@/sh")))
            .ok());
    EXPECT_EQ(OpenDescriptors(), before);
  }
}

}  // namespace
}  // namespace postern
