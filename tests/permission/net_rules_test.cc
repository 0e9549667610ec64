// Rules for the network: names, their addresses, look-ups.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeRule;

constexpr Effect kAllow = Effect::kAllow, kAsk = Effect::kAsk,
                 kDeny = Effect::kDeny;
constexpr Permission kConnect = Permission::kNetConnect;

// A rule of net.connect, or of another permission; "" is every resource.
struct Row {
  Effect effect;
  const char* pattern;
  std::vector<std::string> resolves_to = {};
  const char* permission = "net.connect";
};

Layer LayerOf(const std::vector<Row>& rows,
              Precedence precedence = Precedence::kDenyOverrides,
              Effect default_effect = kDeny) {
  Layer layer;
  layer.name = "grants";
  layer.precedence = precedence;
  layer.default_effect = default_effect;
  for (const Row& row : rows) {
    const RulePattern pattern =
        row.pattern[0] == '\0'
            ? RulePattern::Whole()
            : RulePattern::Resolving(row.pattern, row.resolves_to);
    layer.rules.push_back(
        MakeRule(row.effect, *PermissionSet::Parse(row.permission), pattern));
  }
  return layer;
}

TEST(NetRulesTest, ANameStandsForItsPublicAddresses) {
  struct Case {
    std::vector<Row> rows;
    const char* address;
    Effect want;
    const char* why;
  };
  const Case kCases[] = {
      {{{kAllow, "a.io"}}, "8.8.8.8", kAllow, "public"},
      {{{kAllow, "a.io"}}, "2a00::1", kAllow, "public"},
      {{{kAllow, "a.io"}}, "127.0.0.1", kDeny, "loopback"},
      {{{kAllow, "a.io"}}, "::1", kDeny, "loopback"},
      {{{kAllow, "a.io"}}, "0.0.0.0", kDeny, "loopback in other words"},
      {{{kAllow, "a.io"}}, "10.0.0.1", kDeny, "private"},
      {{{kAllow, "a.io"}}, "::ffff:10.0.0.1", kDeny, "mapped private"},
      {{{kAllow, "a.io"}}, "169.254.169.254", kDeny, "metadata"},
      {{{kAllow, "a.io"}}, "64:ff9b::7f00:1", kDeny, "NAT64 of loopback"},
      {{{kAllow, "a.io"}}, "64:ff9b::808:808", kAllow, "NAT64 of public"},
      {{{kAllow, "a.io"}}, "192.0.2.1", kDeny, "documentation"},
      {{{kAllow, "a.io"}, {kAllow, "10.0.0.0/8"}},
       "10.0.0.1",
       kAllow,
       "both granted"},
      {{{kAllow, "10.0.0.0/8"}}, "10.0.0.1", kDeny, "the name is not"},
      {{{kAllow, ""}}, "10.0.0.1", kAllow, "everything is granted"},
      {{{kAllow, ":443"}}, "10.0.0.1", kAllow, "every host is granted"},
      {{{kAllow, ":444"}}, "8.8.8.8", kDeny, "at another port"},
      {{{kAllow, "a.io"}, {kDeny, "8.0.0.0/8"}},
       "8.8.8.8",
       kDeny,
       "the address is denied"},
      {{{kAllow, "a.io"}, {kDeny, "@public"}},
       "8.8.8.8",
       kDeny,
       "the class is denied"},
      {{{kAllow, "a.io"}, {kDeny, "127.0.0.1"}, {kAllow, "0.0.0.0/0"}},
       "0.0.0.0",
       kDeny,
       "an alias is denied"},
      {{{kAllow, "a.io"}, {kDeny, "10.0.0.0/8"}, {kAllow, "::/0"}},
       "64:ff9b::a00:1",
       kDeny,
       "what it embeds is denied"},
      {{{kAllow, "@public"}}, "8.8.8.8", kAllow, "the name and the address"},
      {{{kAllow, "@public:443"}}, "2a00::1", kAllow, "at this port"},
      {{{kAllow, "@public:444"}}, "8.8.8.8", kDeny, "at another port"},
      {{{kAllow, "@public"}}, "10.0.0.1", kDeny, "private"},
      {{{kAllow, "@public"}}, "127.0.0.1", kDeny, "loopback"},
      {{{kAllow, "@public"}}, "169.254.169.254", kDeny, "metadata"},
      {{{kAllow, "@public"}}, "198.18.0.1", kDeny, "benchmarking"},
      {{{kAllow, "@public"}}, "192.0.0.8", kDeny, "reserved"},
      {{{kAllow, "@public"}}, "240.0.0.1", kDeny, "reserved"},
      {{{kAllow, "@public"}}, "0.1.2.3", kDeny, "reserved"},
      {{{kAllow, "@public"}}, "203.0.113.1", kDeny, "documentation"},
      {{{kAllow, "@public"}}, "64:ff9b::7f00:1", kDeny, "NAT64 of loopback"},
      {{{kAllow, "@public"}, {kAllow, "@private"}},
       "10.0.0.1",
       kAllow,
       "both granted"},
      {{{kAllow, "@public"}, {kDeny, "a.io"}},
       "8.8.8.8",
       kDeny,
       "the name is denied"},
      {{{kAllow, "@public"}, {kDeny, "a.io", {}, "net.resolve"}},
       "8.8.8.8",
       kDeny,
       "the look-up is denied"},
      {{{kAsk, "@public"}}, "8.8.8.8", kAsk, "who asks for the name asks"},
      {{{kAsk, "a.io"}}, "8.8.8.8", kAsk, "the question is about the name"},
      {{{kAllow, "a.io"}, {kAsk, "8.0.0.0/8"}},
       "8.8.8.8",
       kAsk,
       "the question is about the address"},
      {{{kAllow, "a.io", {"@private"}}}, "10.0.0.1", kAllow, "widened"},
      {{{kAllow, "a.io", {"@private"}}}, "127.0.0.1", kDeny, "not so far"},
      {{{kAllow, "a.io", {"@private"}}}, "169.254.169.254", kDeny, "no"},
      {{{kAllow, "a.io", {"@link-local"}}},
       "169.254.169.254",
       kDeny,
       "metadata has to be named"},
      {{{kAllow, "a.io", {"@metadata"}}}, "169.254.169.254", kAllow, "named"},
      {{{kAllow, "a.io", {"@loopback", "10.0.0.0/8"}}},
       "10.0.0.1",
       kAllow,
       "a list"},
      {{{kAllow, "a.io", {"@private"}}, {kDeny, "10.0.0.1"}},
       "10.0.0.1",
       kDeny,
       "a denial is above"},
      {{{kAllow, "b.io", {"@private"}}, {kAllow, "a.io"}},
       "10.0.0.1",
       kDeny,
       "another name's"},
      {{{kAllow, "*.io", {"@private"}}, {kAllow, "a.io"}},
       "10.0.0.1",
       kAllow,
       "any of the rules that grant"},
      {{{kAllow, "a.io"}, {kDeny, "a.io", {}, "net.resolve"}},
       "8.8.8.8",
       kDeny,
       "the look-up is denied"},
      {{{kAllow, "a.io"}, {kDeny, "*.io", {}, "net.resolve"}},
       "8.8.8.8",
       kDeny,
       "the look-up is denied"},
      {{{kAllow, "a.io"}, {kDeny, "", {}, "net.resolve"}},
       "8.8.8.8",
       kDeny,
       "every look-up is denied"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.address, ": ", c.why));
    const RootContext root = MakeContext(BuildOrDie({LayerOf(c.rows)}));
    const std::string address =
        absl::string_view(c.address).find(':') == absl::string_view::npos
            ? absl::StrCat(c.address, ":443")
            : absl::StrCat("[", c.address, "]:443");
    EXPECT_EQ(
        root.context->CheckResolved(kConnect, "a.io:443", address).effect(),
        c.want);
  }
}

TEST(NetRulesTest, TheMostSpecificRuleDecidesInEachStage) {
  struct Case {
    std::vector<Row> rows;
    const char* address;
    Effect want;
    const char* why;
  };
  const Case kCases[] = {
      {{{kDeny, ""}, {kAllow, "a.io"}},
       "8.8.8.8",
       kAllow,
       "what is for every host does not take back"},
      {{{kDeny, ":443"}, {kAllow, "a.io"}}, "8.8.8.8", kAllow, "the same"},
      {{{kDeny, ""}, {kAllow, "a.io"}}, "10.0.0.1", kDeny, "private"},
      {{{kDeny, ""}, {kAllow, "a.io", {"@private"}}},
       "10.0.0.1",
       kAllow,
       "widened"},
      {{{kDeny, "0.0.0.0/0"}, {kAllow, "a.io"}},
       "8.8.8.8",
       kDeny,
       "a rule for addresses does"},
      {{{kAsk, ""}, {kAllow, "a.io"}}, "8.8.8.8", kAllow, "nobody is asked"},
      {{{kAllow, "*.io", {"@private"}}, {kAllow, "a.io"}},
       "10.0.0.1",
       kDeny,
       "the more specific rule does not lead there"},
      {{{kAllow, "a.io"}, {kAllow, "0.0.0.0/0"}, {kDeny, "@private"}},
       "10.0.0.1",
       kDeny,
       "a class is as specific as its blocks"},
      {{{kDeny, ""}, {kAllow, "@public"}}, "8.8.8.8", kAllow, "public"},
      {{{kDeny, ""}, {kAllow, "@public"}}, "10.0.0.1", kDeny, "private"},
      {{{kDeny, ":443"}, {kAllow, "@public"}}, "8.8.8.8", kAllow, "public"},
      {{{kAllow, "a.io"}, {kDeny, "0.0.0.0/0"}, {kAllow, "@public"}},
       "8.8.8.8",
       kAllow,
       "@public is less than all addresses"},
      {{{kAllow, "@public"}, {kDeny, "8.0.0.0/7"}},
       "8.8.8.8",
       kDeny,
       "and more than any other block"},
      {{{kAllow, "@public"}, {kDeny, "*.io"}},
       "8.8.8.8",
       kDeny,
       "every name, before some names"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.address, ": ", c.why));
    const RootContext root =
        MakeContext(BuildOrDie({LayerOf(c.rows, Precedence::kMostSpecific)}));
    EXPECT_EQ(root.context
                  ->CheckResolved(kConnect, "a.io:443",
                                  absl::StrCat(c.address, ":443"))
                  .effect(),
              c.want);
  }
}

TEST(NetRulesTest, EveryLayerHasToLeadThere) {
  const auto effect = [](const Layer& second) {
    const RootContext root =
        MakeContext(BuildOrDie({LayerOf({{kAllow, "a.io"}}), second}));
    return root.context->CheckResolved(kConnect, "a.io:443", "8.8.8.8:443")
        .effect();
  };
  const Precedence deny_overrides = Precedence::kDenyOverrides;
  EXPECT_EQ(effect(LayerOf({}, deny_overrides, kAllow)), kAllow);
  EXPECT_EQ(effect(LayerOf({}, deny_overrides, kDeny)), kDeny);
  EXPECT_EQ(effect(LayerOf({{kAllow, "*.io"}})), kAllow);
  EXPECT_EQ(effect(LayerOf({{kDeny, "8.8.8.8"}}, deny_overrides, kAllow)),
            kDeny);
  EXPECT_EQ(effect(LayerOf({{kDeny, "a.io"}}, deny_overrides, kAllow)), kDeny);
}

TEST(NetRulesTest, DropsHoldForNamesAddressesAndLookUps) {
  struct Case {
    const char* permission;
    const char* pattern;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"net.connect", "a.io", "the name"},
      {"net.connect", "8.8.8.0/24", "the address"},
      {"net.connect", ":443", "the port"},
      {"net.resolve", "a.io", "the look-up"},
      {"net", "*.io", "of all"},
      {"net.connect", "a.io:0", "cannot be read: all is dropped"},
  };
  for (const Case& c : kCases) {
    const RootContext root =
        MakeContext(BuildOrDie({LayerOf({{kAllow, "a.io"}})}));
    const auto check = [&] {
      return root.context->CheckResolved(kConnect, "a.io:443", "8.8.8.8:443")
          .allowed();
    };
    EXPECT_TRUE(check());
    root.context
        ->Drop(*PermissionSet::Parse(c.permission),
               RulePattern::Text(c.pattern))
        .IgnoreError();
    EXPECT_FALSE(check()) << c.why;
  }
}

TEST(NetRulesTest, AUseIsTakenOnceForANameAndItsAddress) {
  for (const char* pattern : {"a.io", "", ":443"}) {
    Layer layer = LayerOf({{kAllow, pattern}});
    const auto uses = std::make_shared<UseCounter>(3);
    layer.rules[0].limits.uses = uses;
    const RootContext root = MakeContext(BuildOrDie({layer}));
    EXPECT_TRUE(root.context->Enforce(Access::Endpoint(kConnect, "a.io:443"))
                    .allowed());
    EXPECT_EQ(uses->left(), 2u);
    EXPECT_TRUE(
        root.context
            ->Enforce(Access::Resolved(kConnect, "a.io:443", "8.8.8.8:443"))
            .allowed());
    EXPECT_EQ(uses->left(), 2u) << pattern;
  }
}

TEST(NetRulesTest, TheLastUseReachesThePublicAddress) {
  Layer layer = LayerOf({{kAllow, "a.io"}});
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const Access name = Access::Endpoint(kConnect, "a.io:443");
  EXPECT_TRUE(root.context->Enforce(name).allowed());
  EXPECT_TRUE(
      root.context
          ->Enforce(Access::Resolved(kConnect, "a.io:443", "8.8.8.8:443"))
          .allowed());
  EXPECT_FALSE(root.context->Enforce(name).allowed());
}

// Says yes, and keeps what was asked.
class Yes final : public AskHandler {
 public:
  Answer Ask(const Question& question) override {
    asked.push_back(
        absl::StrCat(question.access.text(), "=", question.access.address()));
    Answer answer;
    answer.effect = kAllow;
    answer.lifetime = lifetime;
    answer.scope = scope;
    return answer;
  }
  std::vector<std::string> asked;
  AnswerLifetime lifetime = AnswerLifetime::kSingle;
  RulePattern scope;
};

TEST(NetRulesTest, APersonIsAskedOnceForANameAndItsAddress) {
  struct Case {
    std::vector<Row> rows;
    std::vector<std::string> want;
  };
  const Case kCases[] = {
      {{{kAsk, "a.io"}}, {"a.io:443="}},
      {{{kAsk, ""}}, {"a.io:443="}},
      {{{kAsk, ":443"}}, {"a.io:443="}},
      {{{kAllow, "a.io"}, {kAsk, ":443"}}, {"a.io:443="}},
      {{{kAllow, "a.io"}, {kAsk, "8.0.0.0/8"}}, {"a.io:443=8.8.8.8:443"}},
      {{{kAsk, "a.io"}, {kAsk, "8.0.0.0/8"}},
       {"a.io:443=", "a.io:443=8.8.8.8:443"}},
  };
  for (const Case& c : kCases) {
    Yes yes;
    ContextOptions options;
    options.ask = &yes;
    const RootContext root =
        MakeContext(BuildOrDie({LayerOf(c.rows)}), options);
    EXPECT_TRUE(root.context->Enforce(Access::Endpoint(kConnect, "a.io:443"))
                    .allowed());
    EXPECT_TRUE(
        root.context
            ->Enforce(Access::Resolved(kConnect, "a.io:443", "8.8.8.8:443"))
            .allowed());
    EXPECT_EQ(yes.asked, c.want);
  }
}

// Who says yes to a name has not said yes to what lies inside.
TEST(NetRulesTest, APersonIsAskedAboutAnAddressThatIsNotPublic) {
  struct Case {
    std::vector<Row> rows;
    std::vector<std::string> want;
    const char* why;
  };
  const std::string name = "a.io:443=", both = "a.io:443=127.0.0.1:443";
  const Case kCases[] = {
      {{{kAsk, ":443"}}, {name, both}, "the rule is about the address, too"},
      {{{kAsk, ""}}, {name, both}, "the rule is about the address, too"},
      {{{kAllow, "a.io"}, {kAsk, ":443"}}, {name, both}, "it still is"},
      {{{kAsk, ":443"}, {kAllow, "a.io", {"@loopback"}}},
       {name, both},
       "the rule that leads there does not decide"},
      {{{kAsk, ":443"}, {kAllow, "127.0.0.1"}}, {name}, "granted itself"},
  };
  for (const AnswerLifetime lifetime :
       {AnswerLifetime::kSingle, AnswerLifetime::kForever}) {
    for (const Case& c : kCases) {
      Yes yes;
      yes.lifetime = lifetime;
      ContextOptions options;
      options.ask = &yes;
      const RootContext root =
          MakeContext(BuildOrDie({LayerOf(c.rows)}), options);
      EXPECT_TRUE(root.context->Enforce(Access::Endpoint(kConnect, "a.io:443"))
                      .allowed());
      EXPECT_TRUE(
          root.context
              ->Enforce(Access::Resolved(kConnect, "a.io:443", "127.0.0.1:443"))
              .allowed());
      EXPECT_EQ(yes.asked, c.want) << c.why;
    }
  }
}

// A name that was chosen for longer is not chosen for where it leads.
TEST(NetRulesTest, AnAnswerAboutANameIsNoneAboutItsAddress) {
  Yes yes;
  yes.lifetime = AnswerLifetime::kForever;
  yes.scope = RulePattern::Text("a.io");
  ContextOptions options;
  options.ask = &yes;
  const RootContext root =
      MakeContext(BuildOrDie({LayerOf({{kAsk, ":443"}})}), options);
  const Access name = Access::Endpoint(kConnect, "a.io:443");
  EXPECT_TRUE(root.context->Enforce(name).allowed());
  EXPECT_TRUE(root.context->Enforce(name).allowed());
  root.context->Enforce(Access::Resolved(kConnect, "a.io:443", "127.0.0.1:443"))
      .allowed();
  EXPECT_EQ(yes.asked,
            std::vector<std::string>({"a.io:443=", "a.io:443=127.0.0.1:443"}));
}

TEST(NetRulesTest, WhatIsHeldGoesOnWhenItsRuleIsUsedUp) {
  Layer layer = LayerOf({{kAllow, "127.0.0.1"}});
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  const RootContext root = MakeContext(BuildOrDie({layer}));
  const Access access = Access::Endpoint(kConnect, "127.0.0.1:80");
  EXPECT_TRUE(root.context->Enforce(access).allowed());
  EXPECT_FALSE(root.context->Check(access).allowed());
  EXPECT_TRUE(root.context->Check(access.Held()).allowed());
  ASSERT_TRUE(
      root.context
          ->Drop(PermissionSet(kConnect), RulePattern::Text("@loopback"))
          .ok());
  EXPECT_FALSE(root.context->Check(access.Held()).allowed());
}

TEST(NetRulesTest, WhatMakesNoSenseIsDenied) {
  const auto policy = BuildOrDie({LayerOf({{kAllow, "", {}, "net"}})});
  const Permission kResolve = Permission::kNetResolve;
  const Access kBad[] = {
      Access::Endpoint(kConnect, ""),
      Access::Endpoint(kConnect, "2130706433:80"),
      Access::Endpoint(kConnect, "0x7f.1:80"),
      Access::Endpoint(kConnect, "127.1"),
      Access::Endpoint(kConnect, absl::string_view("a.io\0:80", 8)),
      Access::Endpoint(kConnect, "10.0.0.0/8"),
      Access::Endpoint(kConnect, "*.io"),
      Access::Endpoint(kResolve, "a.io:80"),
      Access::Endpoint(kResolve, "unix:/a"),
      Access::Endpoint(Permission::kFsRead, "a.io"),
      Access::Endpoint(Permission::kEnvRead, "a.io"),
      Access::Path(kConnect, "/a"),
      Access::Name(kConnect, "a.io"),
      Access::Resolved(kConnect, "a.io:80", "8.8.8.8:81"),
      Access::Resolved(kConnect, "a.io:80", "8.8.8.8"),
      Access::Resolved(kConnect, "8.8.8.8:80", "8.8.8.8:80"),
      Access::Resolved(kConnect, "a.io:80", "b.io:80"),
      Access::Resolved(kConnect, "a.io:80", ""),
      Access::Resolved(kResolve, "a.io", "8.8.8.8"),
  };
  for (const Access& access : kBad) {
    const Decision decision = policy->Check(access);
    EXPECT_FALSE(decision.allowed()) << access.text();
    EXPECT_EQ(decision.reason(), Reason::kInvalidResource) << access.text();
  }
  EXPECT_TRUE(policy->Check(Access::Endpoint(kConnect, "a.io:80")).allowed());
  EXPECT_TRUE(policy->Check(Access::Endpoint(kResolve, "a.io")).allowed());
}

TEST(NetRulesTest, ErrorsNameTheRuleAndWhatWasExpected) {
  struct Case {
    Row row;
    const char* want;
  };
  const Case kCases[] = {
      {{kAllow, "a.io:x"}, "expected a port from 1 to 65535"},
      {{kAllow, "10.0.0.1/8"}, "bits are set behind the length"},
      {{kAllow, "a.io", {}, "all"}, "\"all\" takes an absolute path"},
      {{kAllow, "a.io:80", {}, "net.resolve"}, "a look-up has no port"},
      {{kAllow, "10.0.0.1", {}, "net.resolve"}, "only names are looked up"},
      {{kAllow, "10.0.0.1", {"@private"}}, "resolves_to goes with a host name"},
      {{kDeny, "a.io", {"@private"}}, "resolves_to goes with a host name"},
      {{kAllow, "a.io", {"@private"}, "net.resolve"}, "resolves_to goes with"},
      {{kAllow, "a.io", {"@nowhere"}}, "expected @loopback"},
      {{kAllow, "a.io", {"b.io"}}, "expected four decimal numbers"},
      {{kAllow, "a.io", std::vector<std::string>(65, "@private")},
       "more than 64 addresses"},
  };
  for (const Case& c : kCases) {
    PolicySpec spec;
    spec.layers = {LayerOf({c.row})};
    const absl::Status status = PolicyBuilder(spec).Build().status();
    EXPECT_NE(status.message().find(c.want), absl::string_view::npos) << status;
  }
}

TEST(NetRulesTest, TheGroupCoversLookUpsOfPlainNames) {
  const auto policy = BuildOrDie(
      {LayerOf({{kAllow, "a.io", {}, "net"}, {kAllow, "b.io:80", {}, "net"}})});
  const auto allows = [&](Permission permission, const char* endpoint) {
    return policy->Check(Access::Endpoint(permission, endpoint)).allowed();
  };
  EXPECT_TRUE(allows(kConnect, "a.io:80"));
  EXPECT_TRUE(allows(Permission::kNetListen, "a.io:80"));
  EXPECT_TRUE(allows(Permission::kNetResolve, "a.io"));
  EXPECT_TRUE(allows(kConnect, "b.io:80"));
  EXPECT_FALSE(allows(Permission::kNetResolve, "b.io"));
}

TEST(NetRulesTest, ExplainsAnAddressThatANameDoesNotStandFor) {
  const RootContext root =
      MakeContext(BuildOrDie({LayerOf({{kAllow, "a.io"}})}));
  const Access access = Access::Resolved(kConnect, "a.io:443", "10.0.0.1:443");
  const auto why = root.context->Explain(root.context->Check(access), access);
  ASSERT_TRUE(why.ok());
  EXPECT_EQ(why->resource, "a.io:443 = 10.0.0.1:443");
  EXPECT_NE(why->remedy.find("\"a.io:443\" resolves_to: \"10.0.0.1\""),
            std::string::npos)
      << why->remedy;
}

}  // namespace
}  // namespace postern
