#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/flags.h"
#include "permission/internal/query.h"
#include "permission/proto/policy_proto.h"
#include "permission/testing/owned_access.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeLayer;
using testing::OwnedAccess;
using testing::RandomPolicy;
using testing::RandomStack;
using testing::RandomTheme;

Explanation ExplainCheck(const PermissionContext& context,
                         const Access& access) {
  absl::StatusOr<Explanation> why =
      context.Explain(context.Check(access), access);
  EXPECT_TRUE(why.ok()) << why.status();
  return why.ok() ? *std::move(why) : Explanation();
}

absl::StatusOr<RootContext> TryContext(const PolicySpec& spec) {
  auto policy = PolicyBuilder(spec).Build();
  if (!policy.ok()) return policy.status();
  return PermissionContext::Create(*policy, {});
}

// So that layers and rules can be told.
void Label(PolicySpec* spec) {
  int line = 0;
  for (Layer& layer : spec->layers) {
    layer.name = absl::StrCat("l", ++line);
    for (Rule& rule : layer.rules) {
      rule.source = {RuleSource::Kind::kFile, "t", ++line, 0};
    }
  }
}

// `spec` as somebody changes it who does what `why` says.
PolicySpec Follow(PolicySpec spec, const Explanation& why) {
  for (const RuleInTheWay& gone : why.rules_in_the_way) {
    for (Layer& layer : spec.layers) {
      auto& rules = layer.rules;
      rules.erase(std::remove_if(rules.begin(), rules.end(),
                                 [&](const Rule& rule) {
                                   return rule.source.line == gone.source.line;
                                 }),
                  rules.end());
    }
  }
  for (const RuleToAdd& add : why.rules_to_add) {
    const auto at = std::find_if(
        spec.layers.begin(), spec.layers.end(),
        [&](const Layer& layer) { return layer.name == add.layer; });
    if (at != spec.layers.end()) {
      at->rules.push_back(add.rule);
    } else {
      Layer layer;
      layer.name = add.layer;
      layer.rules.push_back(add.rule);
      spec.layers.push_back(std::move(layer));
    }
  }
  return spec;
}

// The text of a rule that is to be added says that rule.
void ExpectReadsBack(const RuleToAdd& add) {
  const absl::StatusOr<PolicySpec> read = ParsePolicyText(
      absl::StrCat("version: 1\nlayers { name: \"l\" default: DENY\n", add.text,
                   "\n}\n"),
      "remedy");
  ASSERT_TRUE(read.ok()) << read.status() << "\n" << add.text;
  ASSERT_EQ(read->layers[0].rules.size(), 1u);
  const Rule& rule = read->layers[0].rules[0];
  EXPECT_EQ(rule.effect, add.rule.effect);
  EXPECT_EQ(rule.permissions.bits(), add.rule.permissions.bits());
  EXPECT_TRUE(rule.pattern == add.rule.pattern) << add.text;
}

// Whether the rules by themselves allow `access`: then it is what was asked,
// in another spelling or as a part of it.
bool AllowedByRulesAlone(const Explanation& why, const PolicySpec& like,
                         const Access& access) {
  for (const RuleToAdd& add : why.rules_to_add) {
    PolicySpec spec = like;
    spec.layers.clear();
    spec.layers.resize(1);
    spec.layers[0].rules = {add.rule};
    const absl::StatusOr<RootContext> root = TryContext(spec);
    if (!root.ok() || !root->context->Check(access).allowed()) return false;
  }
  return true;
}

std::string Canonical(const Access& access, const PolicySpec& spec) {
  internal::QueryScope scope;
  scope.base_directory = spec.base_directory;
  scope.signatures = &spec.signatures;
  const internal::AnyQuery query(access, scope);
  if (query.invalid() != Reason::kNone) return "(invalid)";
  return query.CanonicalResource();
}

// The same resource or a part of it: without a port, every port is meant. What
// a name leads to comes with the name, and with the address. Rules for sockets
// are for what lies beneath, too, as the remedy says.
bool IsWithin(const std::string& canonical, const std::string& asked) {
  const std::string name = asked.substr(0, asked.find(" = "));
  const std::vector<std::string> parts = absl::StrSplit(canonical, " = ");
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    const bool beneath =
        absl::StartsWith(name, "unix:") && absl::StartsWith(part, name + "/");
    return part == name || absl::StartsWith(part, name + ":") || beneath ||
           absl::StartsWith(part, absl::StrCat("[", name, "]:"));
  });
}

// Counts what was tried, so that nobody takes silence for success.
struct Tally {
  int followed = 0, added_only = 0, none = 0;
};

void TryRemedies(uint64_t seed, RandomTheme theme, Tally* tally) {
  RandomPolicy random(seed);
  RandomStack stack = random.NextStack(theme);
  Label(&stack.spec);
  if (stack.unconfined || stack.crowded) return;
  const absl::StatusOr<RootContext> root = TryContext(stack.spec);
  if (!root.ok()) return;
  std::vector<OwnedAccess> others;
  for (int i = 0; i < 20; ++i) others.push_back(random.NextAccess());
  for (const OwnedAccess& asked : others) {
    asked.View([&](const Access& access) {
      if (root->context->Check(access).effect() != Effect::kDeny) return;
      SCOPED_TRACE(absl::StrCat("seed ", seed, "\n", stack.ToString(), "\n",
                                asked.ToString()));
      const Explanation why = ExplainCheck(*root->context, access);
      EXPECT_FALSE(why.remedy.empty());
      if (why.rules_to_add.empty() && why.rules_in_the_way.empty()) {
        ++tally->none;
        return;
      }
      for (const RuleToAdd& add : why.rules_to_add) ExpectReadsBack(add);
      const PolicySpec changed = Follow(stack.spec, why);
      const absl::StatusOr<RootContext> then = TryContext(changed);
      ASSERT_TRUE(then.ok()) << then.status() << "\n" << why.remedy;
      ++tally->followed;
      if (!absl::StrContains(why.remedy, "others of that layer")) {
        EXPECT_NE(then->context->Check(access).effect(), Effect::kDeny)
            << why.ToText();
      }
      if (!why.rules_in_the_way.empty()) return;
      ++tally->added_only;
      const std::string canonical = Canonical(access, stack.spec);
      for (const OwnedAccess& other : others) {
        other.View([&](const Access& o) {
          if (root->context->Check(o).effect() != Effect::kDeny ||
              then->context->Check(o).effect() == Effect::kDeny) {
            return;
          }
          // Who may look a name up may connect, where that alone was missing.
          if (access.permission() == Permission::kNetResolve &&
              ResourceKindOf(o.permission()) == ResourceKind::kEndpoint) {
            EXPECT_TRUE(absl::StartsWith(Canonical(o, stack.spec), canonical));
            return;
          }
          const bool many = access.form() == Access::Form::kWhole ||
                            access.form() == Access::Form::kSubtree;
          EXPECT_TRUE(many ? AllowedByRulesAlone(why, stack.spec, o)
                           : o.permission() == access.permission() &&
                                 IsWithin(Canonical(o, stack.spec), canonical))
              << other.ToString() << "\n"
              << why.ToText();
        });
      }
    });
  }
}

TEST(RemedyTest, AllowsWhatWasDeniedAndNothingElse) {
  const int64_t cases = testing::AmountOf({1500, 150, 60000});
  const RandomTheme themes[] = {RandomTheme::kAny,     RandomTheme::kPaths,
                                RandomTheme::kNames,   RandomTheme::kCalls,
                                RandomTheme::kSecrets, RandomTheme::kEndpoints,
                                RandomTheme::kCommands};
  Tally tally;
  for (int64_t i = 0; i < cases; ++i) {
    TryRemedies(static_cast<uint64_t>(i) + 120, themes[i % 7], &tally);
  }
  EXPECT_GT(tally.added_only, 3 * cases);
  EXPECT_GT(tally.followed - tally.added_only, cases / 2);
  EXPECT_GT(tally.followed, tally.none);
}

struct Row {
  Access access;
  const char* want;  // a part of the remedy
  bool helps;        // some rule is advised
};

TEST(RemedyTest, IsARuleForWhatWasAskedAndNoMore) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/a"));
  const CallArg odd[] = {{"re:.*"}, {"{x,\"y\"}"}};
  const CallArg table[] = {{"du"}, CallArg::NotText()};
  const absl::string_view parts[] = {"**", "a/b"};
  const NamedArg named[] = {{"x", {"1"}}};
  const Row rows[] = {
      {Access::Path(Permission::kFsRead, "/**"),
       "add a rule to layer \"grants\": rules { allow: \"fs.read\" pattern: "
       "\"exact:/\\\\*\\\\*\" }, or ask for it in the app's manifest",
       true},
      {Access::Path(Permission::kFsRead, "/b\n"), "\"exact:/b\\n\"", true},
      {Access::Path(Permission::kFsRead, "/b/../c"), "\"exact:/c\"", true},
      {Access::Subtree(Permission::kFsRead, "/{b}"), "\"/\\\\{b\\\\}\"", true},
      {Access::Path(Permission::kFsRead, "exact:keys"), "absolute name", false},
      {Access::Path(Permission::kFsRead, "/\xff"), "the host's code", false},
      {Access::Name(Permission::kEnvRead, "A*"), "\"A\\\\*\"", true},
      {Access::Call({"p.f", odd, {}}),
       "call { function: \"p.f\" args: \"\\\\re:.\\\\*\" args: "
       "\"\\\\{x,\\\"y\\\"\\\\}\" }",
       true},
      {Access::Call({"p.f", {}, {}}), "no_args: true", true},
      {Access::Call({"p.f", table, {}}), "pass text: argument 1", false},
      {Access::Call({"p.f", {}, named}), "by position", false},
      {Access::Secret(Permission::kSecretUse, parts),
       "secret { parts: \"\\\\*\\\\*\" parts: \"a/b\" }", true},
      {Access::Whole(Permission::kCodeEval), "rules { allow: \"code.eval\" }",
       true},
      {Access::Whole(Permission::kCodeLoad), "; beware: code.load", true},
      {Access::Endpoint(Permission::kNetConnect, "h.example:443"),
       "\"h.example:443\"", true},
      {Access::Endpoint(Permission::kNetConnect, "unix-abstract:a*"),
       "every name that begins so", false},
      {Access::Endpoint(Permission::kNetConnect, "127.0.0.1:0"), "port 0",
       false},
      {Access::Endpoint(Permission::kNetConnect, "[fe80::1%eth0]:80"), "a zone",
       false},
      {Access::Endpoint(Permission::kNetConnect, "169.254.169.254:80"),
       "tell a machine its credentials", false},
      {Access::Name(Permission::kFsRead, "x"), "of the permission's kind",
       false},
  };
  for (const Row& row : rows) {
    const Explanation why = ExplainCheck(*root.context, row.access);
    EXPECT_TRUE(absl::StrContains(why.remedy, row.want)) << why.remedy;
    EXPECT_EQ(!why.rules_to_add.empty(), row.helps) << why.remedy;
    EXPECT_TRUE(absl::StrContains(why.ToText(), why.remedy));
    EXPECT_TRUE(
        absl::StrContains(GuestMessage(why, GuestDetail::kFull), why.remedy));
  }
}

// DNS rebinding: the name is granted, the address is not.
TEST(RemedyTest, ANameThatLeadsInwardsIsGrantedWithItsAddress) {
  const RootContext root = MakeContext(
      testing::Allowing(Permission::kNetConnect, "news.example.org:80"));
  const Explanation inner = ExplainCheck(
      *root.context, Access::Resolved(Permission::kNetConnect,
                                      "news.example.org:80", "10.0.0.1:80"));
  EXPECT_TRUE(absl::StrContains(
      inner.remedy,
      "pattern: \"news.example.org:80\" resolves_to: \"10.0.0.1\""))
      << inner.remedy;
  const Explanation cloud =
      ExplainCheck(*root.context, Access::Resolved(Permission::kNetConnect,
                                                   "news.example.org:80",
                                                   "169.254.169.254:80"));
  EXPECT_TRUE(absl::StrContains(cloud.remedy, "credentials")) << cloud.remedy;
  EXPECT_TRUE(cloud.rules_to_add.empty());
}

TEST(RemedyTest, NamesEveryLayerAndEveryDenyRule) {
  const Layer grants = MakeLayer("grants", Effect::kDeny,
                                 {{Effect::kAllow, Permission::kFsRead, "/a"}});
  const Layer host = MakeLayer("host", Effect::kAllow,
                               {{Effect::kDeny, Permission::kFsRead, "/r/.ssh"},
                                {Effect::kDeny, Permission::kFsRead, "/r"}});
  const RootContext root = MakeContext(BuildOrDie({grants, host}));
  const Explanation why = ExplainCheck(
      *root.context, Access::Path(Permission::kFsRead, "/r/.ssh/id"));
  EXPECT_EQ(why.rules_to_add.size(), 1u);
  EXPECT_EQ(why.rules_in_the_way.size(), 2u);
  for (const char* part :
       {"/r/.ssh (the host) of layer \"host\"",
        "/r (the host) of layer \"host\"", "to layer \"grants\""}) {
    EXPECT_TRUE(absl::StrContains(why.remedy, part)) << why.remedy;
  }
  EXPECT_FALSE(absl::StrContains(why.remedy, "manifest")) << why.remedy;
}

TEST(RemedyTest, ALoneDenyUnderDefaultDenyIsNotAllThatIsMissing) {
  const RootContext root = MakeContext(BuildOrDie({MakeLayer(
      "grants", Effect::kDeny, {{Effect::kDeny, Permission::kFsRead, "/a"}})}));
  const Explanation why =
      ExplainCheck(*root.context, Access::Path(Permission::kFsRead, "/a"));
  EXPECT_EQ(why.rules_to_add.size(), 1u) << why.remedy;
  EXPECT_EQ(why.rules_in_the_way.size(), 1u) << why.remedy;
}

TEST(RemedyTest, AMoreSpecificRuleIsEnoughWhereItDecides) {
  Layer layer = MakeLayer("g", Effect::kDeny,
                          {{Effect::kAllow, Permission::kFsRead, "/a"},
                           {Effect::kDeny, Permission::kFsRead, "/a/b"}});
  layer.precedence = Precedence::kMostSpecific;
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const Explanation beneath =
      ExplainCheck(*root.context, Access::Path(Permission::kFsRead, "/a/b/c"));
  EXPECT_EQ(beneath.rules_to_add.size(), 1u) << beneath.remedy;
  EXPECT_TRUE(beneath.rules_in_the_way.empty()) << beneath.remedy;
}

TEST(RemedyTest, ANarrowerRuleIsNamed) {
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("g", Effect::kDeny,
                            {{Effect::kAllow, Permission::kFsRead, "/a"},
                             {Effect::kDeny, Permission::kFsRead, "/a/.env"},
                             {Effect::kDeny, Permission::kFsRead, "/b"}})}));
  const Explanation why =
      ExplainCheck(*root.context, Access::Subtree(Permission::kFsRead, "/a"));
  EXPECT_TRUE(absl::StrContains(why.remedy, "deny /a/.env (the host)"))
      << why.ToText();
  EXPECT_FALSE(absl::StrContains(why.remedy, "deny /b")) << why.remedy;
}

TEST(RemedyTest, FlagsAreAnsweredWithAFlag) {
  const absl::StatusOr<FlagsResult> flags =
      ParseFlags({"--allow-plugin-call=exec.in.run git"});
  ASSERT_TRUE(flags.ok());
  const RootContext root = MakeContext(BuildOrDie({flags->layer}));
  const CallArg args[] = {{"sh"}, {"-c"}, {"echo a, b 'c'"}};
  const Access access = Access::Call({"exec.in.run", args, {}});
  const Explanation why = ExplainCheck(*root.context, access);
  ASSERT_EQ(why.rules_to_add.size(), 1u) << why.remedy;
  EXPECT_EQ(why.rules_to_add[0].text,
            "'--allow-plugin-call=exec.in.run sh -c echo\\ a\\,\\ b\\ "
            "'\\''c'\\'''");
  const absl::StatusOr<FlagsResult> more = ParseFlags(
      {"--allow-plugin-call=exec.in.run sh -c echo\\ a\\,\\ b\\ 'c'"});
  ASSERT_TRUE(more.ok());
  EXPECT_TRUE(BuildOrDie({more->layer})->Check(access).allowed());
}

// A name may end in what a flag takes for the end of an item.
TEST(RemedyTest, FlagsEscapeTheEndsOfNames) {
  for (const char* path : {"/srv/a ", "/srv/a  ", "/srv/a\\ ", "/srv/a,"}) {
    const RootContext root =
        MakeContext(BuildOrDie({ParseFlags({"--allow-fs-read=/b"})->layer}));
    const Access access = Access::Path(Permission::kFsRead, path);
    const Explanation why = ExplainCheck(*root.context, access);
    ASSERT_EQ(why.rules_to_add.size(), 1u) << path << ": " << why.remedy;
    // As a shell reads it: in single quotes.
    std::string flag = why.rules_to_add[0].text;
    if (flag[0] == '\'') flag = flag.substr(1, flag.size() - 2);
    const absl::StatusOr<FlagsResult> read = ParseFlags({flag});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(BuildOrDie({read->layer})->Check(access).allowed()) << flag;
  }
}

// No flag has resolves_to.
TEST(RemedyTest, WhatNoFlagCanSayIsForAPolicyFile) {
  const absl::StatusOr<FlagsResult> flags =
      ParseFlags({"--allow-net-connect=localhost:8080"});
  ASSERT_TRUE(flags.ok());
  const RootContext root = MakeContext(BuildOrDie({flags->layer}));
  const Explanation why = ExplainCheck(
      *root.context, Access::Resolved(Permission::kNetConnect, "localhost:8080",
                                      "127.0.0.1:8080"));
  EXPECT_EQ(why.remedy,
            "no flag can say what is needed; in a policy file, add rules { "
            "allow: \"net.connect\" pattern: \"localhost:8080\" resolves_to: "
            "\"127.0.0.1\" }");
  EXPECT_TRUE(why.rules_to_add.empty());
}

}  // namespace
}  // namespace postern
