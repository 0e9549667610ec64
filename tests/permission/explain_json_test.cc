#include "permission/text/explain_json.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/explain.h"
#include "permission/internal/decision_parts.h"

namespace postern {
namespace {

RuleSource Line(int line) {
  return {RuleSource::Kind::kFile, "a.policy", line, 0};
}

LayerAnswer ByRule() {
  LayerAnswer answer;
  answer.layer = "grants";
  answer.mode = Mode::kAudit;
  answer.effect = Effect::kAsk;
  answer.by_default = false;
  answer.rule = "/a";
  answer.source = Line(3);
  answer.reason = "why";
  answer.spent = "no more";
  return answer;
}

Explanation Everything() {
  Explanation e;
  e.decision = internal::DecisionParts::WithFlags(
      internal::DecisionParts::Make(Effect::kDeny, Reason::kRule), true,
      /*would_deny=*/true);
  e.principal = "notes";
  e.permission = Permission::kFsRead;
  e.operation = "op";
  e.resource = "/asked";
  e.canonical = "/real";
  e.layer = "deciding";
  e.rule = "/r";
  e.source = Line(2);
  e.remedy = "do this";
  e.rules_to_add.push_back({"more", /*new_layer=*/true, Rule(), "allow: x"});
  e.rules_in_the_way.push_back({"less", "/w", Line(4)});
  e.layers = {LayerAnswer(), ByRule()};
  return e;
}

TEST(ExplainJsonTest, HoldsEveryMember) {
  EXPECT_EQ(
      ExplanationToJson(Everything()),
      "{\"principal\":\"notes\",\"permission\":\"fs.read\","
      "\"operation\":\"op\",\"resource\":\"/asked\",\"canonical\":\"/real\","
      "\"allowed\":false,\"effect\":\"deny\",\"reason\":\"rule\","
      "\"concealed\":true,\"would_deny\":true,"
      "\"layer\":\"deciding\",\"rule\":\"/r\",\"source\":\"a.policy:2\","
      "\"remedy\":\"do this\","
      "\"rules_to_add\":[{\"layer\":\"more\",\"new_layer\":true,"
      "\"text\":\"allow: x\"}],"
      "\"rules_in_the_way\":[{\"layer\":\"less\",\"rule\":\"/w\","
      "\"source\":\"a.policy:4\"}],"
      "\"layers\":[{\"layer\":\"\",\"mode\":\"enforce\",\"effect\":\"deny\","
      "\"by_default\":true},"
      "{\"layer\":\"grants\",\"mode\":\"audit\",\"effect\":\"ask\","
      "\"by_default\":false,\"rule\":\"/a\",\"source\":\"a.policy:3\","
      "\"reason\":\"why\",\"spent\":\"no more\"}]}");
}

TEST(ExplainJsonTest, WithoutARuleThereIsNoSource) {
  Explanation e = Everything();
  e.rule.clear();
  EXPECT_TRUE(absl::StrContains(ExplanationToJson(e),
                                "\"rule\":\"\",\"source\":\"\","));
}

TEST(ExplainJsonTest, OfACallItSaysWhatStoodWhere) {
  const struct {
    ActualKind kind;
    const char* name;
  } cases[] = {{ActualKind::kText, "text"},
               {ActualKind::kNotText, "not_text"},
               {ActualKind::kMissing, "missing"}};
  EXPECT_FALSE(absl::StrContains(ExplanationToJson(Everything()), "argument"));
  for (const auto& c : cases) {
    Explanation e = Everything();
    e.argument = 0;
    e.actual = "rm";
    e.actual_kind = c.kind;
    e.expected = {"du", "df"};
    e.more_expected = 7;
    e.end_expected = true;
    EXPECT_TRUE(absl::StrContains(
        ExplanationToJson(e),
        absl::StrCat("\"argument\":0,\"actual\":\"rm\","
                     "\"expected\":[\"du\",\"df\"],\"actual_kind\":\"",
                     c.name, "\",\"more_expected\":7,\"end_expected\":true,")))
        << c.name;
  }
}

}  // namespace
}  // namespace postern
