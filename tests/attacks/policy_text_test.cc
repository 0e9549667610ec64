// Attack rows 90 to 94 and 96, "Policy text".

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/proto/policy_proto.h"
#include "permission/text/display.h"
#include "tests/amount.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

// The error of loading and building a policy in text form; "" if there is none.
std::string LoadError(absl::string_view rules) {
  const std::string text = absl::StrCat(
      "version: 1\nlayers {\n  name: \"grants\"\n  default: DENY\n", rules,
      "\n}\n");
  absl::StatusOr<PolicySpec> spec = ParsePolicyText(text, "p.textproto");
  if (!spec.ok()) return std::string(spec.status().message());
  return std::string(
      PolicyBuilder(*std::move(spec)).Build().status().message());
}

bool BeginsWith(const std::string& text, absl::string_view prefix) {
  return text.compare(0, prefix.size(), prefix.data(), prefix.size()) == 0;
}

TEST(AttackTest, Row90WhatIsNotUnderstoodIsAnErrorWithFileAndLine) {
  EXPECT_EQ(LoadError("rules { allow: \"fs.read\" pattern: \"/a\" }"), "");
  for (const char* rules : {
           "rules { allow: \"fs.read\" pattrn: \"/a\" }",
           "rules { allow: \"fs.reed\" pattern: \"/a\" }",
           "rules { allow: \"fs.read\" pattern: \"${NOPE}/a\" }",
           "rules { allow: \"fs.read\" pattern: \"/a\" name: \"x\" }",
           "rules { allow: \"net.connect\" pattern: \"example.com:http\" }",
           "rules { allow: \"net.connect\" resolves_to: \"@private\" }",
           "rules { deny: \"net\" pattern: \"a.b\" resolves_to: \"@public\" }",
           "rules { allow: \"process.spawn\" pattern: \"l* s\" }",
           "rules { pattern: \"/a\" }",
           "mode: SOMETIMES",
           "mode: ENFORCE mode: AUDIT",
       }) {
    EXPECT_TRUE(BeginsWith(LoadError(rules), "p.textproto:5:"))
        << rules << ": " << LoadError(rules);
    EXPECT_EQ(LoadError(rules).find('\n'), std::string::npos);
  }
  EXPECT_TRUE(
      BeginsWith(LoadError("}\nlayers { name: \"grants\""), "p.textproto:6:"))
      << "two layers of one name: "
      << LoadError("}\nlayers { name: \"grants\"");
}

TEST(AttackTest, Row91AnEmptyAllowListDenies) {
  Layer layer = testing::MakeLayer("grants", Effect::kDeny, {});
  const auto policy = testing::BuildOrDie({layer});
  for (int i = 1; i < kPermissionLimit; ++i) {
    EXPECT_FALSE(
        policy->Check(Access::Whole(static_cast<Permission>(i))).allowed());
  }
  EXPECT_FALSE(policy->Check(Access::Path(Permission::kFsRead, "/")).allowed());
  EXPECT_NE(LoadError("rules { allow: [] pattern: \"/a\" }"), "");
  EXPECT_NE(LoadError("rules { allow: \"fs.read\" pattern: \"\" }"), "");
}

TEST(AttackTest, Row92HostileSizesAreBounded) {
  std::string deep;
  for (int i = 0; i < 300000; ++i) deep += "layers { ";
  EXPECT_FALSE(ParsePolicyText(deep, "p").ok());
  EXPECT_FALSE(ParsePolicyJson(std::string(300000, '['), "p").ok());
  const std::string ten = "{0,1,2,3,4,5,6,7,8,9}";
  EXPECT_NE(LoadError(absl::StrCat("rules { allow: \"fs.read\" pattern: \"/{",
                                   ten, ten, ten, ",x}\" }"))
                .find("expands to more than 1000 alternatives"),
            std::string::npos);
  EXPECT_NE(LoadError(absl::StrCat("rules { allow: \"fs.read\" pattern: \"/",
                                   std::string(5000, 'a'), "\" }")),
            "");
  EXPECT_NE(LoadError("rules { allow: \"plugin.call\" call { function: "
                      "\"p.f\" args: \"re:(((x{100}){100}){100})\" } }"),
            "");
  EXPECT_FALSE(
      ParsePolicyText(std::string((size_t{64} << 20) + 1, ' '), "p").ok());
}

TEST(AttackTest, Row92AMillionRulesLoad) {
  Layer layer;
  layer.name = "grants";
  const int64_t count = testing::AmountOf({1000000, 40000, 1000000});
  for (int64_t i = 0; i < count; ++i) {
    layer.rules.push_back(testing::MakeRule(
        Effect::kAllow, PermissionSet(Permission::kFsRead),
        RulePattern::Text(absl::StrCat("/srv/", i % 1000, "/", i))));
  }
  const auto policy = testing::BuildOrDie({layer});
  EXPECT_TRUE(
      policy->Check(Access::Path(Permission::kFsRead, "/srv/7/7/x")).allowed());
  EXPECT_FALSE(
      policy->Check(Access::Path(Permission::kFsRead, "/srv/7/8")).allowed());
}

bool CallAllowed(const char* pattern, absl::string_view argument) {
  Layer layer;
  layer.rules = {
      testing::MakeRule(Effect::kAllow, PermissionSet(Permission::kPluginCall),
                        RulePattern::Call("p.f", {pattern}, CallForm::kExact))};
  const CallArg args[] = {{argument}};
  return testing::BuildOrDie({layer})
      ->Check(Access::Call({"p.f", args, {}}))
      .allowed();
}

TEST(AttackTest, Row93ARegularExpressionIsAFullMatch) {
  EXPECT_TRUE(CallAllowed("re:du|rm", "du"));
  EXPECT_TRUE(CallAllowed("re:du|rm", "rm"));
  for (const char* argument :
       {"xdu", "dux", "xrm", "rmx", "du\n", "\ndu", "du\nrm", "", "DU"}) {
    EXPECT_FALSE(CallAllowed("re:du|rm", argument)) << argument;
  }
  EXPECT_FALSE(CallAllowed("re:^du$", "du\n"));
  EXPECT_TRUE(CallAllowed("re:a.b", "a\nb"));
  EXPECT_TRUE(CallAllowed("re:a.b",
                          "a\xff"
                          "b"));
}

TEST(AttackTest, Row92AnExpressionThatIsSlowOnALongTextIsUnknown) {
  const std::string text((size_t{1} << 20), 'a');
  EXPECT_TRUE(CallAllowed("re:a*", text));
  EXPECT_FALSE(CallAllowed("re:a*", text + "a"));
  // Its automaton does not fit; text times program is over the bound.
  const char* slow = "re:(?:a|b)*a(?:a|b){900}";
  EXPECT_TRUE(CallAllowed(slow, absl::string_view(text).substr(0, 1000)));
  EXPECT_FALSE(CallAllowed(slow, text));
}

TEST(AttackTest, Row94PartOfASecretsKeyIsNotTheKey) {
  Layer layer;
  layer.rules = {
      testing::MakeRule(Effect::kAllow, PermissionSet(Permission::kSecretUse),
                        RulePattern::Secret({"db", "password"})),
      testing::MakeRule(Effect::kAllow, PermissionSet(Permission::kSecretUse),
                        RulePattern::Secret({"mail", "**"}))};
  const auto policy = testing::BuildOrDie({layer});
  const auto allowed = [&](std::vector<absl::string_view> key) {
    return policy->Check(Access::Secret(Permission::kSecretUse, key)).allowed();
  };
  EXPECT_TRUE(allowed({"db", "password"}));
  EXPECT_TRUE(allowed({"mail"}));
  EXPECT_TRUE(allowed({"mail", "a", "b"}));
  EXPECT_FALSE(allowed({}));
  EXPECT_FALSE(allowed({"db"}));
  EXPECT_FALSE(allowed({"password"}));
  EXPECT_FALSE(allowed({"db", "password", "x"}));
  EXPECT_FALSE(allowed({"db/password"}));
  EXPECT_FALSE(allowed({"", "db", "password"}));
  const absl::string_view key[] = {"db", "password"};
  EXPECT_FALSE(
      policy->Check(Access::Secret(Permission::kSecretReveal, key)).allowed())
      << "to use a secret is not to see it";
  layer.rules[0].pattern = RulePattern::Secret({});
  PolicySpec spec;
  spec.layers = {layer};
  EXPECT_FALSE(PolicyBuilder(spec).Build().ok()) << "no key is none";
}

TEST(AttackTest, Row96WhatAPersonIsShownIsEscapedWithoutLoss) {
  const std::string hostile =
      "/a\x1b[2J\r\n\xe2\x80\xae\xe2\x80\x8b\xff\\\xc2\x85";
  const std::string shown = internal::EscapeForDisplay(hostile);
  for (char c : shown) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << shown;
  EXPECT_EQ(internal::UnescapeDisplayed(shown).value(), hostile);
  const RootContext root =
      testing::MakeContext(testing::Allowing(Permission::kFsRead, "/granted"));
  const Access access = Access::Path(Permission::kFsRead, hostile);
  const auto why = root.context->Explain(root.context->Check(access), access);
  ASSERT_TRUE(why.ok());
  for (const std::string& text :
       {GuestMessage(*why, GuestDetail::kFull), why->remedy, why->resource}) {
    for (char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
  }
  EXPECT_NE(GuestMessage(*why, GuestDetail::kPlain).find(shown),
            std::string::npos);
}

}  // namespace
}  // namespace postern
