#include "permission/explain.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;

Explanation ExplainCheck(const RootContext& root, const Access& access) {
  const Decision decision = root.context->Check(access);
  absl::StatusOr<Explanation> why = root.context->Explain(decision, access);
  EXPECT_TRUE(why.ok()) << why.status();
  return *std::move(why);
}

RootContext DiskUsage() {
  Layer layer;
  layer.name = "grants";
  for (const char* program : {"du", "readlink"}) {
    layer.rules.push_back(
        MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall),
                 RulePattern::Call("exec.in.run", {program}, CallForm::kList)));
    layer.rules.back().source = {RuleSource::Kind::kApproval, "disk.usage", 0,
                                 0};
  }
  ContextOptions options;
  options.principal = Principal::Parse("disk.usage").value();
  return MakeContext(BuildOrDie({layer}), options);
}

TEST(ExplainTest, ACallNamesArgumentActualAndExpected) {
  const RootContext root = DiskUsage();
  const CallArg args[] = {{"rm"}, {"-rf"}};
  const Explanation why =
      ExplainCheck(root, Access::Call({"exec.in.run", args, {}}));
  EXPECT_EQ(why.principal, "disk.usage");
  EXPECT_EQ(why.operation, "exec.in.run");
  EXPECT_EQ(why.argument, 0);
  EXPECT_EQ(why.actual, "rm");
  EXPECT_EQ(absl::StrJoin(why.expected, ","), "du,readlink");
  EXPECT_EQ(why.layer, "grants");
  EXPECT_FALSE(why.remedy.empty());
  EXPECT_EQ(GuestMessage(why, GuestDetail::kPlain),
            "ERR_ACCESS_DENIED: plugin.call exec.in.run [\"rm\", \"-rf\"]");
  EXPECT_NE(GuestMessage(why, GuestDetail::kFull)
                .find("argument 0 is \"rm\", expected \"du\" or \"readlink\""),
            std::string::npos);
}

TEST(ExplainTest, TheArgumentIsTheOneThatTheClosestRuleStumbledOver) {
  Layer layer;
  layer.rules = {
      MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall),
               RulePattern::Call("p.f", {"a", "{x,y}"}, CallForm::kExact)),
      MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall),
               RulePattern::Call("p.f", {"b"}, CallForm::kExact))};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const struct {
    std::vector<CallArg> args;
    int argument;
    const char* actual;
    const char* expected;
  } cases[] = {
      {{{"a"}, {"z"}}, 1, "z", "x,y"},
      {{{"a"}}, 1, "(missing)", "x,y"},
      {{}, 0, "(missing)", "a,b"},
      {{{"b"}, {"c"}}, 1, "c", "no further argument"},
      {{CallArg::NotText()}, 0, "(not text)", "a,b"},
  };
  for (const auto& c : cases) {
    const Explanation why =
        ExplainCheck(root, Access::Call({"p.f", c.args, {}}));
    EXPECT_EQ(why.argument, c.argument);
    EXPECT_EQ(why.actual, c.actual);
    EXPECT_EQ(absl::StrJoin(why.expected, ","), c.expected);
  }
}

TEST(ExplainTest, ShowsEveryLayersAnswerAndTheRulesSource) {
  Layer grants = MakeLayer("grants", Effect::kDeny,
                           {{Effect::kAllow, Permission::kFsRead, "/a"}});
  Layer ceiling = MakeLayer("ceiling", Effect::kAllow,
                            {{Effect::kDeny, Permission::kFsRead, "/a/b"}});
  ceiling.rules[0].source = {RuleSource::Kind::kFile, "p.textproto", 7, 3};
  ceiling.rules[0].reason = "keys live there";
  Layer audit = ceiling;
  audit.name = "next";
  audit.mode = Mode::kAudit;
  const RootContext root = MakeContext(BuildOrDie({grants, ceiling, audit}));
  const Explanation why =
      ExplainCheck(root, Access::Path(Permission::kFsRead, "/a/b/\n"));
  EXPECT_EQ(
      why.ToText(),
      "deny: fs.read /a/b/\\u{a}\n"
      "  reason: rule\n"
      "  layer: ceiling\n"
      "  rule: /a/b (p.textproto:7:3)\n"
      "  layer \"grants\": allow by /a (the host)\n"
      "  layer \"ceiling\": deny by /a/b (p.textproto:7:3), keys live "
      "there\n"
      "  layer \"next\" (audit only): deny by /a/b (p.textproto:7:3), "
      "keys live there\n"
      "  remedy: remove or narrow the deny rule /a/b (p.textproto:7:3)\n");
}

// Whoever copies it into a policy grants what was asked and nothing more.
TEST(ExplainTest, TheRemedyMatchesNoMoreThanWasAsked) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/a"));
  const CallArg args[] = {{"re:.*"}, {"{x,\"y\"}"}, CallArg::NotText()};
  const absl::string_view parts[] = {"**", "a/b"};
  const NamedArg named[] = {{"x", {"1"}}};
  const struct {
    Access access;
    const char* want;  // a part of the remedy
  } kCases[] = {
      {Access::Path(Permission::kFsRead, "/**"),
       "\"allow fs.read exact:/\\\\*\\\\*\" to layer \"grants\""},
      {Access::Path(Permission::kFsRead, "/b\n"),
       "\"allow fs.read exact:/b\\u{a}\""},
      {Access::Subtree(Permission::kFsRead, "/{b}"),
       "\"allow fs.read /\\\\{b\\\\}\""},
      {Access::Name(Permission::kEnvRead, "A*"), "\"allow env.read A\\\\*\""},
      {Access::Call({"p.f", args, {}}),
       "\"allow plugin.call p.f [\"\\\\re:.\\\\*\", "
       "\"\\\\{x,\\\"y\\\"\\\\}\", \"*\"]\""},
      {Access::Call({"p.f", {}, named}), "by position"},
      {Access::Secret(Permission::kSecretUse, parts),
       "\"allow secret.use \\\\*\\\\*/a\\\\/b\""},
      {Access::Whole(Permission::kCodeEval), "\"allow code.eval\" to"},
  };
  for (const auto& c : kCases) {
    const Explanation why = ExplainCheck(root, c.access);
    EXPECT_NE(why.remedy.find(c.want), std::string::npos) << why.remedy;
    EXPECT_NE(why.ToText().find("remedy: " + why.remedy), std::string::npos);
    EXPECT_NE(GuestMessage(why, GuestDetail::kFull).find(why.remedy),
              std::string::npos);
  }
}

TEST(ExplainTest, ADropIsNamedAsTheAppsOwn) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/a"));
  ASSERT_TRUE(
      root.context
          ->Drop(PermissionSet(Permission::kFsRead), RulePattern::Text("/a/b"))
          .ok());
  const Explanation why =
      ExplainCheck(root, Access::Path(Permission::kFsRead, "/a/b"));
  EXPECT_EQ(why.layer, "drops");
  EXPECT_EQ(why.rule, "/a/b");
  EXPECT_EQ(why.source.ToString(), "given up by the app");
}

}  // namespace
}  // namespace postern
