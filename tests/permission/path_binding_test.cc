// Policies bound to a file system with links (attack rows 97 to 99).

#include "permission/path_binding.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "tests/permission/path_binding_fixture.h"
#include "tests/permission/policy_fixture.h"

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

using testing::PathBindingTest;
using testing::Policies;
using testing::RuleRow;

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
  for (const GuestDetail detail : {GuestDetail::kPlain, GuestDetail::kFull}) {
    EXPECT_THAT(GuestMessage(through, detail), Not(HasSubstr("/usr")));
  }
  EXPECT_EQ(explain("@/usr/bin/secret").canonical, "");
  EXPECT_THAT(explain("@/usr/bin/secret").ToText(),
              Not(HasSubstr("decided as")));
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
