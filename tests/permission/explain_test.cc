#include "permission/explain.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/internal/query.h"
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

TEST(ExplainTest, WhatWasExpectedIsWrittenAsInTheRule) {
  for (const char* pattern : {"re:[a-c]+", "path:/srv", "{du,df}"}) {
    Layer layer;
    layer.rules = {
        MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall),
                 RulePattern::Call("p.f", {pattern}, CallForm::kExact))};
    const RootContext root = MakeContext(BuildOrDie({layer}));
    const CallArg args[] = {{"/etc"}};
    const Explanation why = ExplainCheck(root, Access::Call({"p.f", args, {}}));
    EXPECT_EQ(why.argument, 0);
    EXPECT_EQ(absl::StrJoin(why.expected, ","),
              pattern[0] == '{' ? "du,df" : pattern);
  }
}

struct GuestRow {
  Access access;
  const char* plain;
  const char* concealed;  // null: an error, which conceals nothing
};

// "*" denies all of it by a rule, so that there is a remedy to leave out.
RootContext AllIsDenied(bool conceal) {
  const PermissionSet all = PermissionSet(Permission::kFsRead) |
                            PermissionSet(Permission::kNetConnect);
  Layer layer;
  layer.conceal = conceal;
  layer.rules = {MakeRule(Effect::kDeny, all, RulePattern::Whole())};
  return MakeContext(BuildOrDie({layer}));
}

// Where links lead and which address a name has is the host's to know.
TEST(ExplainTest, TheGuestHearsNoNameThatItDidNotSay) {
  const Permission read = Permission::kFsRead, to = Permission::kNetConnect;
  const GuestRow rows[] = {
      {Access::Path(read, "/l"), "fs.read /l", ": /l"},
      {Access::CanonicalPath(read, "/r/secret"), "fs.read", ""},
      {Access::CanonicalPath(read, "/r/secret", "l"), "fs.read l", ": l"},
      {Access::CanonicalPath(read, "/s", "/a = /s"), "fs.read /a", ": /a"},
      {Access::CanonicalSubtree(read, "/r/secret"), "fs.read", ""},
      {Access::CanonicalEndpoint(to, "unix:/r/secret"), "net.connect", ""},
      {Access::CanonicalEndpoint(to, "unix:/r/secret", "unix:/l"),
       "net.connect unix:/l", ": unix:/l"},
      {Access::CanonicalEndpoint(to, "unix:/r = /secret"), "net.connect", ""},
      {Access::Resolved(to, "a.io:80", "10.0.0.1:80"), "net.connect a.io:80",
       ": a.io:80"},
      {Access::Resolved(to, "a.io:80", "  not an  address"),
       "net.connect a.io:80", nullptr},
  };
  const RootContext open = AllIsDenied(false);
  const RootContext concealing = AllIsDenied(true);
  for (const GuestRow& row : rows) {
    const Explanation why = ExplainCheck(open, row.access);
    EXPECT_FALSE(why.remedy.empty());
    const std::string plain = absl::StrCat("ERR_ACCESS_DENIED: ", row.plain);
    EXPECT_EQ(GuestMessage(why, GuestDetail::kPlain), plain);
    EXPECT_EQ(
        GuestMessage(why, GuestDetail::kFull),
        why.canonical.empty() ? absl::StrCat(plain, "; ", why.remedy) : plain);
  }
  for (const GuestRow& row : rows) {
    const Explanation why = ExplainCheck(concealing, row.access);
    EXPECT_EQ(why.decision.concealed(), row.concealed != nullptr);
    if (row.concealed == nullptr) continue;
    for (const GuestDetail detail : {GuestDetail::kPlain, GuestDetail::kFull}) {
      EXPECT_EQ(GuestMessage(why, detail),
                absl::StrCat("no such resource", row.concealed));
    }
  }
}

TEST(ExplainTest, TheHostHearsAllNames) {
  const RootContext root = AllIsDenied(false);
  const auto text = [&root](const Access& access) {
    const std::string all = ExplainCheck(root, access).ToText();
    return all.substr(0, all.find("  reason"));
  };
  EXPECT_EQ(text(Access::CanonicalPath(Permission::kFsRead, "/r/secret")),
            "deny: fs.read /r/secret\n");
  EXPECT_EQ(text(Access::CanonicalPath(Permission::kFsRead, "/r/secret", "l")),
            "deny: fs.read l\n  decided as: /r/secret\n");
  EXPECT_EQ(
      text(Access::Resolved(Permission::kNetConnect, "a.io:80", "10.0.0.1:80")),
      "deny: net.connect a.io:80 = 10.0.0.1:80\n");
}

// Who acts in another directory uses these names.
TEST(ExplainTest, TheRulesThatGrantACallNameItsPaths) {
  const auto call = [](Effect effect, std::vector<std::string> args) {
    return MakeRule(
        effect, PermissionSet(Permission::kPluginCall),
        RulePattern::Call("p.f", std::move(args), CallForm::kExact));
  };
  Layer layer;
  layer.rules = {call(Effect::kAllow, {"cat", "path:/srv/app"}),
                 call(Effect::kAllow, {"path:/srv/app", "path:/other"}),
                 call(Effect::kAllow, {"*", "path:/srv"}),
                 call(Effect::kDeny, {"path:/etc", "path:/srv/app"})};
  ContextOptions options;
  options.base_directory = "/srv/app";
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  const CallArg args[] = {{"cat"}, {"x/./y"}};
  const Explanation why = ExplainCheck(root, Access::Call({"p.f", args, {}}));
  ASSERT_TRUE(why.decision.allowed());
  const std::pair<int, std::string> second = {1, "/srv/app/x/y"};
  ASSERT_EQ(why.paths.size(), 2u) << "of the two rules that match";
  EXPECT_EQ(why.paths[0], second);
  EXPECT_EQ(why.paths[1], second);
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
      {{{"a"}, {"z"}}, 1, "\"z\"", "\"x\" or \"y\""},
      {{{"a"}}, 1, "(missing)", "\"x\" or \"y\""},
      {{}, 0, "(missing)", "\"a\" or \"b\""},
      {{{"b"}, {"c"}}, 1, "\"c\"", "no further argument"},
      {{CallArg::NotText()}, 0, "(not text)", "\"a\" or \"b\""},
      {{{"(not text)"}}, 0, "\"(not text)\"", "\"a\" or \"b\""},
  };
  for (const auto& c : cases) {
    const Explanation why =
        ExplainCheck(root, Access::Call({"p.f", c.args, {}}));
    EXPECT_EQ(why.argument, c.argument);
    EXPECT_EQ(why.ActualText(), c.actual);
    EXPECT_EQ(why.ExpectedText(), c.expected);
  }
}

TEST(ExplainTest, ARuleThatExpiresSaysWhatItExpects) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kAllow,
                          PermissionSet(Permission::kPluginCall),
                          RulePattern::Call("p.f", {"a"}, CallForm::kExact))};
  layer.rules[0].limits.expires = absl::InfiniteFuture();
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const CallArg args[] = {{"b"}};
  const Explanation why = ExplainCheck(root, Access::Call({"p.f", args, {}}));
  EXPECT_EQ(why.argument, 0);
  EXPECT_EQ(why.ExpectedText(), "\"a\"");
}

// A guest must not make a denial dear: only as many literals are looked at as
// are shown.
TEST(ExplainTest, ExpectedValuesAreFewHoweverManyThereAre) {
  std::string digits = "{0,1,2,3,4,5,6,7,8,9}";
  Layer layer;
  for (int i = 0; i < 40; ++i) {
    layer.rules.push_back(MakeRule(
        Effect::kAllow, PermissionSet(Permission::kPluginCall),
        RulePattern::Call("p.f",
                          {absl::StrCat("q", i, "x", digits, digits, digits)},
                          CallForm::kExact)));
  }
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const CallArg args[] = {{"rm"}};
  const Access access = Access::Call({"p.f", args, {}});
  const Explanation why = ExplainCheck(root, access);
  EXPECT_EQ(why.expected.size(), Explanation::kMaxExpected);
  EXPECT_EQ(why.more_expected, 40000 - Explanation::kMaxExpected);
  EXPECT_NE(why.ExpectedText().find(" or up to 39980 more"), std::string::npos);
  EXPECT_LT(why.ToText().size(), 2000u);
}

TEST(ExplainTest, LongTextsAreCutWithTheirLength) {
  const RootContext root = DiskUsage();
  const std::string huge(10000000, '\1');
  const CallArg args[] = {{huge}};
  const Explanation call =
      ExplainCheck(root, Access::Call({"exec.in.run", args, {}}));
  EXPECT_LT(call.actual.size(), 5000u);
  EXPECT_NE(call.actual.find(" ... (10000000 bytes in all)"),
            std::string::npos);
  EXPECT_LT(call.ToText().size(), 100000u);
  EXPECT_NE(call.remedy.find("too long"), std::string::npos) << call.remedy;
  const Explanation name =
      ExplainCheck(root, Access::Name(Permission::kEnvRead, huge));
  EXPECT_LT(name.resource.size(), 30000u);
}

TEST(ExplainTest, KeysAndArgumentsCannotBeTakenForOthers) {
  const absl::string_view two[] = {"db", "a/b"}, three[] = {"db", "a", "b"};
  const CallArg one[] = {{"1\" b=\"2"}};
  const NamedArg odd[] = {{"a=\"1\" b", {"2"}}},
                 plain[] = {{"a", {"1"}}, {"b", {"2"}}};
  const NamedArg table[] = {{"a", CallArg::NotText()}};
  const NamedArg text[] = {{"a", {"(not text)"}}};
  const Access accesses[] = {
      Access::Secret(Permission::kSecretUse, two),
      Access::Secret(Permission::kSecretUse, three),
      Access::Call({"p.f", one, {}}),
      Access::Call({"p.f", {}, odd}),
      Access::Call({"p.f", {}, plain}),
      Access::Call({"p.f", {}, table}),
      Access::Call({"p.f", {}, text}),
  };
  std::set<std::string> seen;
  for (const Access& access : accesses) {
    EXPECT_TRUE(seen.insert(internal::AskedResource(access).text).second)
        << internal::AskedResource(access).text;
  }
  EXPECT_EQ(internal::AskedResource(accesses[0]).text, "db/a\\/b");
  EXPECT_EQ(internal::AskedResource(accesses[3]).text,
            "p.f [] \"a=\\\"1\\\" b\"=\"2\"");
}

TEST(ExplainTest, ADecisionOfAnotherAccessIsRefused) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/a"));
  const Access granted = Access::Path(Permission::kFsRead, "/a");
  const Access denied = Access::Path(Permission::kFsRead, "/etc/shadow");
  const Decision no = root.context->Check(denied);
  const Decision yes = root.context->Check(granted);
  for (const auto& mixed :
       {std::make_pair(no, granted), std::make_pair(yes, denied)}) {
    const auto why = root.context->Explain(mixed.first, mixed.second);
    EXPECT_EQ(why.status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST(ExplainTest, NoReasonOutlivesItsSnapshot) {
  RootContext root = MakeContext(BuildOrDie(
      {MakeLayer("ceiling", Effect::kAllow, std::vector<testing::RuleRow>())}));
  const Access access = Access::Path(Permission::kFsRead, "/a");
  const Decision decision = root.context->Check(access);
  ASSERT_EQ(decision.reason(), Reason::kNoGrantLayer);
  ASSERT_TRUE(root.context->Explain(decision, access).ok());
  ASSERT_TRUE(root.context
                  ->Publish(root.authority,
                            testing::Allowing(Permission::kFsRead, "/a"))
                  .ok());
  EXPECT_EQ(root.context->Explain(decision, access).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ExplainTest, ARuleThatWasUsedUpIsToldAsSuch) {
  Layer layer = MakeLayer("g", Effect::kDeny,
                          {{Effect::kAllow, Permission::kFsRead, "/a"}});
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  RootContext root = MakeContext(BuildOrDie({layer}));
  const Access access = Access::Path(Permission::kFsRead, "/a");
  const Decision decision = root.context->Enforce(access);
  ASSERT_TRUE(decision.allowed());
  const auto why = root.context->Explain(decision, access);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(why->layers[0].effect, Effect::kAllow);
  EXPECT_EQ(why->layers[0].rule, "/a");
  const Explanation later = ExplainCheck(root, access);
  EXPECT_EQ(later.layers[0].effect, Effect::kDeny);
  EXPECT_EQ(later.layers[0].spent,
            "allow by /a (the host) no more: its uses are spent");
  EXPECT_NE(later.ToText().find("uses are spent"), std::string::npos);
}

TEST(ExplainTest, NoNameOfALayerForgesALine) {
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("g\n  remedy: none", Effect::kDeny,
                            {{Effect::kDeny, Permission::kFsRead, "/a"}})}));
  const Explanation why =
      ExplainCheck(root, Access::Path(Permission::kFsRead, "/a"));
  EXPECT_EQ(why.ToText().find("\n  remedy: none"), std::string::npos);
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
