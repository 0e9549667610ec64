#include "permission/proto/policy_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "permission/builder.h"
#include "tests/amount.h"

namespace postern {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Everything of a rule but its source.
std::string Describe(const Rule& rule) {
  const RulePattern& pattern = rule.pattern;
  std::string out = absl::StrCat(
      EffectName(rule.effect), " ", rule.permissions.ToString(), " ",
      static_cast<int>(pattern.kind()), static_cast<int>(pattern.form()), "<",
      pattern.text(), ">[", absl::StrJoin(pattern.parts(), "|"), "]");
  if (!rule.reason.empty()) absl::StrAppend(&out, " reason=", rule.reason);
  if (rule.limits.expires) {
    absl::StrAppend(
        &out, " expires=",
        absl::FormatTime(*rule.limits.expires, absl::UTCTimeZone()));
  }
  if (rule.limits.uses) {
    absl::StrAppend(&out, " uses=", rule.limits.uses->left());
  }
  if (!rule.limits.session.empty()) {
    absl::StrAppend(&out, " session=", rule.limits.session);
  }
  return out;
}

std::string Describe(const PolicySpec& spec) {
  std::string out;
  for (const Layer& layer : spec.layers) {
    absl::StrAppend(&out, "layer ", layer.name, " ",
                    EffectName(layer.default_effect), " ",
                    static_cast<int>(layer.precedence), " ",
                    static_cast<int>(layer.mode), " ", layer.conceal, "\n");
    for (const Rule& rule : layer.rules) {
      absl::StrAppend(&out, "  ", Describe(rule), "\n");
    }
  }
  for (const auto& entry : spec.signatures) {
    absl::StrAppend(&out, entry.first, "(", absl::StrJoin(entry.second, ", "),
                    ")\n");
  }
  for (const auto& entry : spec.variables) {
    absl::StrAppend(&out, entry.first, "=", entry.second, "\n");
  }
  absl::StrAppend(&out, "base=", spec.base_directory, " ",
                  spec.lenient_wildcards, "\n");
  return out;
}

std::string MessageOf(const absl::StatusOr<PolicySpec>& spec) {
  return std::string(spec.status().message());
}

constexpr char kFullText[] = R"(# What the app may do.
version: 1
base_directory: "/srv/app"
lenient_wildcards: true
variables { name: "HOME" value: "/home/ann" }
variables { name: "EMPTY" }
signatures { function: "exec.in.run" parameters: ["program", "*rest"] }
signatures { function: "clock.now" }
layers {
  name: "grants"
  rules { allow: "fs.read" pattern: "/srv/app/**" reason: "its own files" }
  rules {
    allow: ["fs.read", "fs.write"]
    pattern: "data"
    expires: "2031-12-31T18:00:00+01:00"
    uses: 3
    session: "s1";
  }
  rules { allow: "plugin.call" call { function: "exec.in.run" args: "du" } }
  rules { ask: "plugin.call" call: { function: "exec.in.*" }, }
  rules: [
    { deny: "plugin.call"
      call { function: "a.b" args: ["x", "y"] further_args: true } },
    { allow: "plugin.call" call { function: "clock.now" no_args: true } }
  ]
  rules { allow: "secret.use" secret { parts: "db" parts: "pass" "word" } }
  rules { deny: "all" }
}
layers {
  name: "ceiling"
  default: ALLOW
  precedence: MOST_SPECIFIC
  mode: AUDIT
  deny_as: NOT_FOUND
}
)";

constexpr char kFullJson[] = R"({
  "version": 1,
  "baseDirectory": "/srv/app",
  "lenient_wildcards": true,
  "variables": [{"name": "HOME", "value": "/home/ann"}, {"name": "EMPTY"}],
  "signatures": [
    {"function": "exec.in.run", "parameters": ["program", "*rest"]},
    {"function": "clock.now"}
  ],
  "layers": [{
    "name": "grants",
    "rules": [
      {"allow": ["fs.read"], "pattern": "/srv/app/**", "reason": "its own files"},
      {"allow": ["fs.read", "fs.write"], "pattern": "data",
       "expires": "2031-12-31T17:00:00Z", "uses": 3, "session": "s1"},
      {"allow": ["plugin.call"],
       "call": {"function": "exec.in.run", "args": ["du"]}},
      {"ask": ["plugin.call"], "call": {"function": "exec.in.*"}},
      {"deny": ["plugin.call"],
       "call": {"function": "a.b", "args": ["x", "y"], "furtherArgs": true}},
      {"allow": ["plugin.call"],
       "call": {"function": "clock.now", "noArgs": true}},
      {"allow": ["secret.use"], "secret": {"parts": ["db", "pass\u0077ord"]}},
      {"deny": ["all"]}
    ]
  }, {
    "name": "ceiling",
    "default": "ALLOW",
    "precedence": "MOST_SPECIFIC",
    "mode": "AUDIT",
    "denyAs": "NOT_FOUND"
  }]
}
)";

constexpr char kFullSpec[] =
    R"(layer grants deny 0 0 0
  allow fs.read 10</srv/app/**>[] reason=its own files
  allow fs 10<data>[] expires=2031-12-31T17:00:00+00:00 uses=3 session=s1
  allow plugin.call 20<exec.in.run>[du]
  ask plugin.call 21<exec.in.*>[]
  deny plugin.call 21<a.b>[x|y]
  allow plugin.call 20<clock.now>[]
  allow secret.use 30<>[db|password]
  deny all 00<>[]
layer ceiling allow 1 1 1
clock.now()
exec.in.run(program, *rest)
EMPTY=
HOME=/home/ann
base=/srv/app 1
)";

TEST(PolicyProtoTest, TextSaysEverything) {
  const auto spec = ParsePolicyText(kFullText, "p.policy");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(Describe(*spec), kFullSpec);
}

TEST(PolicyProtoTest, JsonSaysTheSame) {
  const auto spec = ParsePolicyJson(kFullJson, "p.json");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(Describe(*spec), kFullSpec);
}

TEST(PolicyProtoTest, EachFormCanBecomeEachOther) {
  PolicySpec spec = ParsePolicyText(kFullText, "p.policy").value();
  for (int turn = 0; turn < 2; ++turn) {
    spec = ParsePolicyJson(PolicySpecToJson(spec).value(), "p.json").value();
    EXPECT_EQ(Describe(spec), kFullSpec);
    spec =
        ParsePolicyBinary(PolicySpecToBinary(spec).value(), "p.binpb").value();
    EXPECT_EQ(Describe(spec), kFullSpec);
    spec = ParsePolicyText(PolicySpecToText(spec).value(), "p.policy").value();
    EXPECT_EQ(Describe(spec), kFullSpec);
  }
}

TEST(PolicyProtoTest, AddressesOfANameStayWithItInEachForm) {
  const auto spec = ParsePolicyText(
      "version: 1 layers { name: \"a\" rules { allow: \"net.connect\" pattern: "
      "\"db.example:5432\" resolves_to: [\"@private\", \"10.0.0.0/8\"] } }",
      "a.textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  const RulePattern want =
      RulePattern::Resolving("db.example:5432", {"@private", "10.0.0.0/8"});
  EXPECT_EQ(spec->layers[0].rules[0].pattern, want);
  const auto policy = PolicyBuilder(*spec).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ((*policy)->FindRule(0)->pattern, want);
  const auto text = ParsePolicyText(*PolicySpecToText(*spec), "b");
  const auto json = ParsePolicyJson(*PolicySpecToJson(*spec), "b");
  const auto binary = ParsePolicyBinary(*PolicySpecToBinary(*spec), "b");
  for (const auto* form : {&text, &json, &binary}) {
    ASSERT_TRUE(form->ok()) << form->status();
    EXPECT_EQ((*form)->layers[0].rules[0].pattern, want);
  }
}

TEST(PolicyProtoTest, WrittenFormsAreReadable) {
  PolicySpec spec;
  spec.layers.emplace_back();
  spec.layers[0].name = "grants";
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = PermissionSet(Permission::kFsRead);
  rule.pattern = RulePattern::Text("/srv/\xc3\xa4\"\\*");
  rule.reason = "line\nbidi \xe2\x80\xae tag \xf3\xa0\x80\xa1";
  spec.layers[0].rules.push_back(rule);
  EXPECT_EQ(PolicySpecToText(spec).value(), R"(version: 1
layers {
  name: "grants"
  default: DENY
  rules {
    allow: "fs.read"
    pattern: "/srv/)"
                                            "\xc3\xa4"
                                            R"(\"\\*"
    reason: "line\nbidi \u202e tag \udb40\udc21"
  }
}
)");
  EXPECT_EQ(PolicySpecToJson(spec).value(), R"({
  "version": 1,
  "layers": [
    {
      "name": "grants",
      "default": "DENY",
      "rules": [
        {
          "allow": [
            "fs.read"
          ],
          "pattern": "/srv/)"
                                            "\xc3\xa4"
                                            R"(\"\\*",
          "reason": "line\nbidi \u202e tag \udb40\udc21"
        }
      ]
    }
  ]
}
)");
  const std::string described = Describe(spec);
  EXPECT_EQ(
      Describe(ParsePolicyText(PolicySpecToText(spec).value(), "t").value()),
      described);
  EXPECT_EQ(
      Describe(ParsePolicyJson(PolicySpecToJson(spec).value(), "j").value()),
      described);
}

TEST(PolicyProtoTest, RulesKnowWhereTheyStand) {
  constexpr char kText[] =
      "version: 1\n"
      "layers {\n"
      "\tname: \"\xc3\xa4\" \t rules { allow: \"all\" }\n"
      "  rules { deny: \"fs\" }  rules: [ { ask: \"env\" },\n"
      "    { ask: \"sys\" }]\n"
      "}";
  const PolicySpec text = ParsePolicyText(kText, "dir/p.policy").value();
  ASSERT_EQ(text.layers[0].rules.size(), 4u);
  const auto at = [](const PolicySpec& spec, int i) {
    return spec.layers[0].rules[i].source.ToString();
  };
  EXPECT_EQ(text.layers[0].rules[0].source.kind, RuleSource::Kind::kFile);
  EXPECT_EQ(at(text, 0), "dir/p.policy:3:15");
  EXPECT_EQ(at(text, 1), "dir/p.policy:4:3");
  EXPECT_EQ(at(text, 2), "dir/p.policy:4:34");
  EXPECT_EQ(at(text, 3), "dir/p.policy:5:5");

  constexpr char kJson[] =
      "{\"version\":1,\"layers\":[\n"
      "{\"name\":\"\\u00e4\xc3\xa4\",\"rules\":[{\"allow\":[\"all\"]}\t,\n"
      "  {\"deny\":[\"fs\"]}]}]}";
  const PolicySpec json = ParsePolicyJson(kJson, "p.json").value();
  EXPECT_EQ(at(json, 0), "p.json:2:29");
  EXPECT_EQ(at(json, 1), "p.json:3:3");

  const PolicySpec binary =
      ParsePolicyBinary(PolicySpecToBinary(text).value(), "p.binpb").value();
  EXPECT_EQ(at(binary, 3), "p.binpb");
}

TEST(PolicyProtoTest, EmptyListsDeny) {
  for (const char* json :
       {R"({"version":1})", R"({"version":1,"layers":[]})"}) {
    EXPECT_EQ(Describe(ParsePolicyJson(json, "p.json").value()), "base= 0\n");
  }
  const auto text = ParsePolicyText(
      "version: 1 layers { name: \"g\" rules: [] }", "p.policy");
  EXPECT_EQ(Describe(text.value()), "layer g deny 0 0 0\nbase= 0\n");
}

struct BadCase {
  const char* text;
  const char* error;
};

// Errors in what is said, which both forms say alike. "@" stands for the part
// of the message that differs, the place.
struct BadMeaning {
  const char* text;  // fields of a rule; after "|" fields of the policy
  const char* json;
  const char* error;
};

constexpr BadMeaning kBadRules[] = {
    {"allw: \"fs\"", "\"allw\": [\"fs\"]",
     "unknown field \"allw\" in Rule, expected one of allow, ask, deny, "
     "pattern, call, secret, reason, expires, uses, session, resolves_to"},
    {"allow: \"fs\" default: DENY",
     "\"allow\": [\"fs\"], \"default\": \"DENY\"",
     "unknown field \"default\" in Rule, expected one of allow, ask, deny, "
     "pattern, call, secret, reason, expires, uses, session, resolves_to"},
    {"pattern: \"/a\"", "\"pattern\": \"/a\"",
     "rule without permissions, expected exactly one of allow, ask, deny"},
    {"allow: \"fs\" deny: \"fs\"", "\"allow\": [\"fs\"], \"deny\": [\"fs\"]",
     "rule with several effects, expected exactly one of allow, ask, deny"},
    {"allow: [] pattern: \"/\"", "\"allow\": [], \"pattern\": \"/\"",
     "empty list for \"allow\", expected at least one string"},
    {"allow: 1", "\"allow\": [1]",
     "wrong value for \"allow\", expected a string"},
    {"allow: fs", "\"allow\": [null]",
     "wrong value for \"allow\", expected a string"},
    {"allow: \"fs\" pattern: \"/a\" call { function: \"a.b\" }",
     "\"allow\": [\"fs\"], \"pattern\": \"/a\", \"call\": {\"function\": "
     "\"a.b\"}",
     "field \"call\" beside \"pattern\", expected only one of them"},
    {"allow: \"fs\" pattern: \"/a\" pattern: \"/b\"",
     "\"allow\": [\"fs\"], \"pattern\": \"/a\", \"pattern\": \"/b\"",
     "field \"pattern\" is given twice, expected it once"},
    {"allow: \"fs\" pattern: \"\"", "\"allow\": [\"fs\"], \"pattern\": \"\"",
     "\"pattern\" is empty, expected some text"},
    {"allow: \"fs\" session: \"\"", "\"allow\": [\"fs\"], \"session\": \"\"",
     "\"session\" is empty, expected some text"},
    {"allow: \"fs\" pattern: [\"/a\"]",
     "\"allow\": [\"fs\"], \"pattern\": [\"/a\"]",
     "wrong value for \"pattern\", expected a string"},
    {"allow: \"fs\" pattern { }", "\"allow\": [\"fs\"], \"pattern\": {}",
     nullptr},
    {"allow: \"fs\" pattern: \"a\\000b\"",
     "\"allow\": [\"fs\"], \"pattern\": \"a\\u0000b\"",
     "NUL in \"pattern\", expected text without it"},
    {"allow: \"fs\" uses: 0", "\"allow\": [\"fs\"], \"uses\": 0",
     "0 uses, expected at least 1"},
    {"allow: \"fs\" uses: -1", "\"allow\": [\"fs\"], \"uses\": -1",
     "wrong value for \"uses\", expected a number from 0 to 4294967295"},
    {"allow: \"fs\" uses: 4294967296",
     "\"allow\": [\"fs\"], \"uses\": 4294967296",
     "wrong value for \"uses\", expected a number from 0 to 4294967295"},
    {"allow: \"fs\" uses: 1.0", "\"allow\": [\"fs\"], \"uses\": 1.0",
     "wrong value for \"uses\", expected a number from 0 to 4294967295"},
    {"allow: \"fs\" uses: 1e2", "\"allow\": [\"fs\"], \"uses\": 1e2",
     "wrong value for \"uses\", expected a number from 0 to 4294967295"},
    {"allow: \"fs\" uses: \"1\"", "\"allow\": [\"fs\"], \"uses\": \"1\"",
     "wrong value for \"uses\", expected a number from 0 to 4294967295"},
    {"allow: \"fs\" uses: 010",
     "\"allow\": [\"fs\"], \"uses\": 99999999999999999999",
     "wrong value for \"uses\", expected a number from 0 to 4294967295"},
    {"allow: \"fs\" expires: \"2031-12-31\"",
     "\"allow\": [\"fs\"], \"expires\": \"2031-12-31\"",
     "invalid time \"2031-12-31\", expected RFC 3339 as "
     "\"2031-12-31T18:00:00Z\", from 1970 to 9999"},
    {"allow: \"fs\" call { args: \"a\" }",
     "\"allow\": [\"fs\"], \"call\": {\"args\": [\"a\"]}",
     "call without \"function\", expected its full name"},
    {"allow: \"fs\" call { function: \"a.b\" args: \"a\" no_args: true }",
     "\"allow\": [\"fs\"], \"call\": {\"function\": \"a.b\", \"args\": "
     "[\"a\"], "
     "\"noArgs\": true}",
     "\"no_args\" beside \"args\", expected only one of them"},
    {"allow: \"fs\" call { function: \"a.b\" further_args: true }",
     "\"allow\": [\"fs\"], \"call\": {\"function\": \"a.b\", \"furtherArgs\": "
     "true}",
     "\"further_args\" without \"args\", expected \"args\" or neither of them, "
     "which is any arguments"},
    {"allow: \"fs\" call { function: \"a.b\" args: [] }",
     "\"allow\": [\"fs\"], \"call\": {\"function\": \"a.b\", \"args\": []}",
     "empty list for \"args\", expected at least one string"},
    {"allow: \"fs\" call { function: \"a.b\" no_args: 1 }",
     "\"allow\": [\"fs\"], \"call\": {\"function\": \"a.b\", \"no_args\": 1}",
     "wrong value for \"no_args\", expected true or false"},
    {"allow: \"net\" resolves_to: \"@private\"",
     "\"allow\": [\"net\"], \"resolvesTo\": [\"@private\"]",
     "\"resolves_to\" without \"pattern\", expected a host name"},
    {"allow: \"net\" pattern: \"a\" resolves_to: \"\"",
     "\"allow\": [\"net\"], \"pattern\": \"a\", \"resolvesTo\": [\"\"]",
     "\"resolves_to\" is empty, expected some text"},
    {"allow: \"fs\" secret { }", "\"allow\": [\"fs\"], \"secret\": {}",
     "secret without \"parts\", expected at least one"},
    {"allow: \"fs\" secret: \"db\"", "\"allow\": [\"fs\"], \"secret\": \"db\"",
     "wrong value for \"secret\", expected fields in braces"},
};

std::string WithoutPlace(absl::string_view message) {
  return std::string(message.substr(message.find(": ") + 2));
}

TEST(PolicyProtoTest, BothFormsRefuseTheSame) {
  for (const BadMeaning& c : kBadRules) {
    SCOPED_TRACE(c.text);
    const auto text = ParsePolicyText(
        absl::StrCat("version: 1\nlayers { name: \"g\"\nrules { ", c.text,
                     " } }"),
        "f");
    const auto json = ParsePolicyJson(
        absl::StrCat("{\"version\": 1,\n\"layers\": [{\"name\": \"g\",\n"
                     "\"rules\": [{",
                     c.json, "}]}]}"),
        "f");
    ASSERT_FALSE(text.ok());
    ASSERT_FALSE(json.ok());
    EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(text.status().message()), StartsWith("f:3:"));
    EXPECT_THAT(std::string(json.status().message()), StartsWith("f:3:"));
    if (c.error == nullptr) continue;
    EXPECT_EQ(WithoutPlace(text.status().message()), c.error);
    EXPECT_EQ(WithoutPlace(json.status().message()), c.error);
  }
}

constexpr BadCase kBadText[] = {
    {"", "f:1:1: no \"version\", expected version 1"},
    {"version: 2", "f:1:10: version 2 is not supported, expected version 1"},
    {"version: 0", "f:1:10: version 0 is not supported, expected version 1"},
    {"version: 1layers {}", "f:1:11: need space between number and identifier"},
    {"version 1", "f:1:9: unexpected \"1\", expected \":\""},
    {"version: 1 version: 1",
     "f:1:12: field \"version\" is given twice, expected it once"},
    {"version: 1\n\tlayer {}",
     "f:2:2: unknown field \"layer\" in Policy, expected one of version, "
     "layers, "
     "signatures, base_directory, variables, lenient_wildcards"},
    {"version: 1\n\"x\"",
     "f:2:1: unexpected \"\"x\"\", expected the name of a field"},
    {"version: 1\n[a.b/c] {}",
     "f:2:1: unexpected \"[\", expected the name of a field"},
    {"version: 1 layers <name: \"a\">",
     "f:1:19: wrong value for \"layers\", expected fields in braces"},
    {"version: 1 layers { name: \"a\"",
     "f:1:30: unexpected end of file, expected the name of a field or \"}\""},
    {"version: 1 }", "f:1:12: unexpected \"}\", expected the name of a field"},
    {"version:", "f:1:9: unexpected end of file, expected a value"},
    {"version: 1 layers {}", "f:1:12: layer without \"name\", expected one"},
    {"version: 1\nlayers { name: \"a\" }\nlayers { name: \"a\" }",
     "f:3:16: Layer \"a\" is there already, expected another name"},
    {"version: 1 layers { name: \"a\" default: ASK }",
     "f:1:40: wrong value for \"default\", expected one of DENY, ALLOW"},
    {"version: 1 layers { name: \"a\" default: DEFAULT_UNSPECIFIED }",
     "f:1:40: wrong value for \"default\", expected one of DENY, ALLOW"},
    {"version: 1 layers { name: \"a\" default: 1 }",
     "f:1:40: wrong value for \"default\", expected one of DENY, ALLOW"},
    {"version: 1 layers { name: \"a\" default: \"DENY\" }",
     "f:1:40: wrong value for \"default\", expected one of DENY, ALLOW"},
    {"version: 1 layers { name: \"a\" deny_as: 404 }",
     "f:1:40: wrong value for \"deny_as\", expected one of DENIED, NOT_FOUND"},
    {"version: 1 layers { name: \"a\" deny_as: - }",
     "f:1:40: wrong value for \"deny_as\", expected one of DENIED, NOT_FOUND"},
    {"version: 1 baseDirectory: \"/\"",
     "f:1:12: unknown field \"baseDirectory\" in Policy, expected one of "
     "version, layers, signatures, base_directory, variables, "
     "lenient_wildcards"},
    {"version: 1 layers: [ { name: \"a\" } { name: \"b\" } ]",
     "f:1:36: unexpected \"{\", expected \",\" or \"]\""},
    {"version: 1 layers: [ { name: \"a\" }, ]",
     "f:1:37: unexpected \"]\", expected a value"},
    {"version: 1 layers: [ [",
     "f:1:22: wrong value for \"layers\", expected fields in braces"},
    {"version: 1 base_directory: \"srv\"",
     "f:1:28: \"base_directory\" is \"srv\", expected an absolute path"},
    {"version: 1 variables { value: \"x\" }",
     "f:1:12: variable without \"name\", expected one"},
    {"version: 1 variables { name: \"A\" } variables { name: \"A\" }",
     "f:1:54: Variable \"A\" is there already, expected another name"},
    {"version: 1 signatures { parameters: \"x\" }",
     "f:1:12: signature without \"function\", expected its full name"},
    {"version: 1 signatures { function: \"a.b\" } "
     "signatures { function: \"a.b\" }",
     "f:1:66: Signature \"a.b\" is there already, expected another name"},
    {"version: 1 base_directory: \"/x", "f:1:31: unexpected end of string"},
    {"version: 1 base_directory: \"/x\n\"",
     "f:1:31: string literals cannot cross line boundaries"},
    {"version: 1 base_directory: \"/\\q\"",
     "f:1:31: invalid escape sequence in string literal"},
    {"version: 1 base_directory: \"/\\377\"",
     "f:1:28: broken UTF-8 in \"base_directory\", expected UTF-8"},
    {"version: 1 # \xff", "f:1:14: broken UTF-8, expected UTF-8"},
    {"\xef\xbb\xbfversion: 1", "f:1:1: byte order mark, expected plain UTF-8"},
    {"version: 1 \xc3\xa4", "f:1:12: interpreting non ascii codepoint 195"},
    {"version: 1 lenient_wildcards: yes",
     "f:1:31: wrong value for \"lenient_wildcards\", expected true or false"},
};

TEST(PolicyProtoTest, TextErrorsNameTheirPlace) {
  for (const BadCase& c : kBadText) {
    SCOPED_TRACE(c.text);
    const auto spec = ParsePolicyText(c.text, "f");
    ASSERT_FALSE(spec.ok());
    EXPECT_EQ(MessageOf(spec), c.error);
  }
}

constexpr BadCase kBadJson[] = {
    {"", "f:1:1: empty file, expected fields in braces"},
    {" \n", "f:2:1: empty file, expected fields in braces"},
    {"[]", "f:1:1: expected fields in braces"},
    {"1", "f:1:1: expected fields in braces"},
    {"\"x\"", "f:1:1: expected fields in braces"},
    {"null", "f:1:1: expected fields in braces"},
    {"{}", "f:1:1: no \"version\", expected version 1"},
    {"{\"version\":1} {}", "f:1:15: text after the end, expected nothing more"},
    {"{\"version\":1}x", "f:1:14: text after the end, expected nothing more"},
    {"{\"version\":1,}",
     "f:1:14: expected the name of a field in double quotes"},
    {"{\"version\" 1}", "f:1:12: expected \":\""},
    {"{version: 1}", "f:1:2: expected the name of a field in double quotes"},
    {"{\"version\":1 1}", "f:1:14: expected \",\" or \"}\""},
    {"{\"version\":NaN}", "f:1:12: invalid value, expected JSON"},
    {"{\"version\":1.}", "f:1:14: expected digits after \".\""},
    {"{\"version\":null}",
     "f:1:12: wrong value for \"version\", expected a number from 0 to "
     "4294967295"},
    {"{\"version\":true}",
     "f:1:12: wrong value for \"version\", expected a number from 0 to "
     "4294967295"},
    {"{\"version\":1,\n  \"version\":1}",
     "f:2:3: field \"version\" is given twice, expected it once"},
    {"{\"layers\":[],\"layers\":[]}",
     "f:1:14: field \"layers\" is given twice, expected it once"},
    {"{\"baseDirectory\":\"/\",\"base_directory\":\"/\"}",
     "f:1:22: field \"base_directory\" is given twice, expected it once"},
    {"{\"layers\":{}}",
     "f:1:11: field \"layers\" takes a list, expected \"[\""},
    {"{\"layers\":null}",
     "f:1:11: field \"layers\" takes a list, expected \"[\""},
    {"{\"layers\":[null]}",
     "f:1:12: wrong value for \"layers\", expected fields in braces"},
    {"{\"layers\":[[]]}",
     "f:1:12: wrong value for \"layers\", expected fields in braces"},
    {"{\"layers\":[{\"name\":\"a\",\"default\":1}]}",
     "f:1:34: wrong value for \"default\", expected one of DENY, ALLOW"},
    {"{\"layers\":[{\"name\":\"a\",\"default\":\"deny\"}]}",
     "f:1:34: wrong value for \"default\", expected one of DENY, ALLOW"},
    {"{\"layers\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
     "f:1:33: Layer \"a\" is there already, expected another name"},
    {"{\"layers\":[{\"name\":\"a\"} {", "f:1:25: expected \",\" or \"]\""},
    {"{\"layers\":[{\"name\":\"a\"", "f:1:23: expected \",\" or \"}\""},
    {"{\"lenientWildcards\":\"true\"}",
     "f:1:21: wrong value for \"lenient_wildcards\", expected true or false"},
    {"{\"baseDirectory\":\"/\\ud800\"}",
     "f:1:20: half of a surrogate pair, expected both"},
    {"{\"baseDirectory\":\"/\\x\"}",
     "f:1:20: invalid escape or control character in a string, expected an "
     "escape of RFC 8259"},
    {"{\"baseDirectory\":\"/\\u12\"}",
     "f:1:20: invalid escape, expected u and four hexadecimal digits"},
    {"{\"baseDirectory\":\"/",
     "f:1:20: unended string, expected a double quote"},
    {"{\"baseDirectory\":\"/\xff\"}", "f:1:20: broken UTF-8, expected UTF-8"},
    {"{\"a\xe2\x80\xae\":1}",
     "f:1:2: unknown field \"a\\u{202e}\" in Policy, expected one of version, "
     "layers, signatures, base_directory, variables, lenient_wildcards"},
    {"// x\n{}", "f:1:1: invalid value, expected JSON"},
};

TEST(PolicyProtoTest, JsonErrorsNameTheirPlace) {
  for (const BadCase& c : kBadJson) {
    SCOPED_TRACE(c.text);
    const auto spec = ParsePolicyJson(c.text, "f");
    ASSERT_FALSE(spec.ok());
    EXPECT_EQ(MessageOf(spec), c.error);
  }
}

TEST(PolicyProtoTest, UnknownPermissionsListTheKnownOnes) {
  const auto text = ParsePolicyText(
      "version: 1 layers { name: \"g\"\n rules { allow: [\"fs\", \"fs.raed\"] "
      "} }",
      "f");
  EXPECT_THAT(std::string(text.status().message()),
              StartsWith("f:2:24: unknown permission \"fs.raed\", expected one "
                         "of all, fs, fs.read, fs.write,"));
  const auto json = ParsePolicyJson(
      "{\"version\":1,\"layers\":[{\"rules\":[\n{\"deny\":[\"a\\nb\"]}]}]}",
      "f");
  EXPECT_THAT(
      std::string(json.status().message()),
      StartsWith("f:2:10: unknown permission \"a\\u{a}b\", expected one"));
}

TEST(PolicyProtoTest, NulIsRefusedAnywhere) {
  const std::string text("version: 1\n\0", 12);
  EXPECT_EQ(ParsePolicyText(text, "f").status().message(),
            "f:2:1: NUL, expected text without it");
  const std::string json("{\"version\":1}\0{}", 16);
  EXPECT_EQ(ParsePolicyJson(json, "f").status().message(),
            "f:1:14: NUL, expected text without it");
}

TEST(PolicyProtoTest, BinaryRefusesWhatItDoesNotKnow) {
  struct Case {
    std::string bytes;
    const char* error;
  };
  const Case kCases[] = {
      {"", "f: byte 0: no \"version\", expected version 1"},
      {std::string("\x08\x02", 2),
       "f: byte 0: version 2 is not supported, expected version 1"},
      {std::string("\x08\x01\x78\x01", 4),
       "f: byte 2: unknown field number 15 in Policy, expected one of version, "
       "layers, signatures, base_directory, variables, lenient_wildcards"},
      {std::string("\x08\x01\x08\x01", 4),
       "f: byte 2: field \"version\" is given twice, expected it once"},
      {std::string("\x08", 1),
       "f: byte 1: broken protobuf, expected its wire format"},
      {std::string("\x12\x7f\x0a", 3),
       "f: byte 0: broken protobuf, expected its wire format"},
      // A string that is longer than the layer that it is in.
      {std::string("\x08\x01\x12\x03\x0a\x05ghijk", 11),
       "f: byte 4: broken protobuf, expected its wire format"},
      {std::string("\x0b\x0c", 2),
       "f: byte 0: broken protobuf, expected its wire format"},
      {std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11),
       "f: byte 1: broken protobuf, expected its wire format"},
      {std::string("\x12\x05\x0a\x01g\x10\x07", 7),
       "f: byte 5: wrong value for \"default\", expected one of DENY, ALLOW"},
      {std::string("\x22\x02/\xff", 4),
       "f: byte 0: broken UTF-8 in \"base_directory\", expected UTF-8"},
      {std::string("\x30\x02", 2),
       "f: byte 0: wrong value for \"lenient_wildcards\", expected true or "
       "false"},
      {std::string("\x0a\x01\x01", 3),
       "f: byte 0: wrong value for \"version\", expected a number from 0 to "
       "4294967295"},
      {std::string("\x10\x01", 2),
       "f: byte 0: wrong value for \"layers\", expected fields in braces"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.error);
    const auto spec = ParsePolicyBinary(c.bytes, "f");
    ASSERT_FALSE(spec.ok());
    EXPECT_EQ(MessageOf(spec), c.error);
  }
}

TEST(PolicyProtoTest, TimesAreStrict) {
  const auto expires = [](absl::string_view time) {
    const auto spec = ParsePolicyText(
        absl::StrCat("version: 1 layers { name: \"g\" rules { allow: \"all\" "
                     "expires: \"",
                     time, "\" } }"),
        "f");
    return spec.ok()
               ? absl::FormatTime(absl::RFC3339_full,
                                  *spec->layers[0].rules[0].limits.expires,
                                  absl::UTCTimeZone())
               : "refused";
  };
  EXPECT_EQ(expires("2031-12-31T18:00:00Z"), "2031-12-31T18:00:00+00:00");
  EXPECT_EQ(expires("2031-12-31T18:00:00.123456789-02:30"),
            "2031-12-31T20:30:00.123456789+00:00");
  EXPECT_EQ(expires("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59+00:00");
  for (const char* bad :
       {"", "infinite-future", " 2031-12-31T18:00:00Z", "2031-12-31T18:00:00",
        "2031-12-31 18:00:00Z", "2031-12-31t18:00:00z", "2031-12-31T18:00Z",
        "2031-12-31T18:00:00.Z", "2031-12-31T18:00:00.1234567891Z",
        "2031-02-30T18:00:00Z", "2031-12-31T25:00:00Z", "2031-12-31T18:00:00+1",
        "12031-12-31T18:00:00Z", "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-00:01", "2031-12-31T18:00:00ZZ"}) {
    EXPECT_EQ(expires(bad), "refused") << bad;
  }
}

TEST(PolicyProtoTest, DeepNestingIsAnError) {
  constexpr int kDepth = 300000;
  std::string braces = "version: 1 ", rules = "version: 1 ", lists = "[";
  std::string objects;
  for (int i = 0; i < kDepth; ++i) {
    absl::StrAppend(&braces, "layers {");
    absl::StrAppend(&rules, "layers: [");
    absl::StrAppend(&lists, "[");
    absl::StrAppend(&objects, "{\"layers\":[");
  }
  EXPECT_FALSE(ParsePolicyText(braces, "f").ok());
  EXPECT_FALSE(ParsePolicyText(rules, "f").ok());
  EXPECT_FALSE(ParsePolicyText(lists, "f").ok());
  EXPECT_FALSE(ParsePolicyJson(lists, "f").ok());
  EXPECT_FALSE(ParsePolicyJson(objects, "f").ok());
  EXPECT_FALSE(ParsePolicyJson(absl::StrCat("{\"version\":", lists), "f").ok());
  EXPECT_FALSE(ParsePolicyBinary(std::string(kDepth, '\x13'), "f").ok());
}

TEST(PolicyProtoTest, NothingIsLogged) {
  ::testing::internal::CaptureStderr();
  for (const BadCase& c : kBadText) (void)ParsePolicyText(c.text, "f");
  for (const BadCase& c : kBadJson) (void)ParsePolicyJson(c.text, "f");
  (void)ParsePolicyBinary("\x22\x02/\xff", "f");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(PolicyProtoTest, LargeInputsAreRefused) {
  ReadLimits limits;
  limits.max_bytes = 10;
  EXPECT_TRUE(ParsePolicyText("version: 1", "f", limits).ok());
  const auto long_text = ParsePolicyText("version: 1 ", "f", limits);
  EXPECT_EQ(long_text.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(long_text.status().message(), "f: 11 bytes, expected at most 10");

  limits = ReadLimits();
  limits.max_rules = 2;
  std::string text = "version: 1 layers { name: \"g\"";
  for (int i = 0; i < 2; ++i)
    absl::StrAppend(&text, " rules { allow: \"fs\" }");
  EXPECT_TRUE(ParsePolicyText(text + "}", "f", limits).ok());
  EXPECT_EQ(ParsePolicyText(text + "\nrules { allow: \"fs\" } }", "f", limits)
                .status()
                .message(),
            "f:2:1: too many rules, expected at most 2");
}

TEST(PolicyProtoTest, DefaultLimitsAreTheDocumentedOnes) {
  EXPECT_EQ(ReadLimits().max_bytes, 64u << 20);
  EXPECT_EQ(ReadLimits().max_rules, 3999999u);
}

TEST(PolicyProtoTest, ManyRulesLoad) {
  // A million with POSTERN_LONG; all on one line, which must cost nothing.
  const int64_t count = testing::AmountOf({20000, 3000, 1000000});
  std::string text = "version:1 layers{name:\"g\"";
  std::string json = "{\"version\":1,\"layers\":[{\"name\":\"g\",\"rules\":[";
  for (int64_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, " rules{allow:\"fs.read\" pattern:\"/f/", i, "\"}");
    absl::StrAppend(&json, i == 0 ? "" : ",",
                    "{\"allow\":[\"fs.read\"],\"pattern\":\"/f/", i, "\"}");
  }
  const auto from_text = ParsePolicyText(text + "}", "f");
  ASSERT_TRUE(from_text.ok()) << from_text.status();
  EXPECT_EQ(from_text->layers[0].rules.size(), static_cast<size_t>(count));
  const auto from_json = ParsePolicyJson(json + "]}]}", "f");
  ASSERT_TRUE(from_json.ok()) << from_json.status();
  EXPECT_EQ(from_json->layers[0].rules.size(), static_cast<size_t>(count));
  const auto& last = from_json->layers[0].rules.back();
  EXPECT_EQ(last.pattern.text(), absl::StrCat("/f/", count - 1));
  EXPECT_EQ(last.source.line, 1);
  const auto binary =
      ParsePolicyBinary(PolicySpecToBinary(*from_text).value(), "f");
  EXPECT_EQ(binary->layers[0].rules.size(), static_cast<size_t>(count));
}

TEST(PolicyProtoTest, WritingRefusesWhatTheFormsCannotSay) {
  const auto error = [](const PolicySpec& spec) {
    return std::string(PolicySpecToText(spec).status().message());
  };
  PolicySpec spec;
  spec.layers.emplace_back();
  EXPECT_EQ(error(spec), "layer without name");
  spec.layers[0].name = "g";
  spec.layers[0].default_effect = Effect::kAsk;
  EXPECT_EQ(error(spec),
            "default of layer \"g\" is ask, expected deny or allow");
  spec.layers[0].default_effect = Effect::kDeny;
  spec.layers[0].rules.emplace_back();
  Rule& rule = spec.layers[0].rules[0];
  EXPECT_EQ(error(spec), "rule without permissions");
  rule.permissions = PermissionSet::All();
  EXPECT_EQ(error(spec), "");
  rule.pattern = RulePattern::Text("/\xff");
  EXPECT_EQ(error(spec),
            "\"/\\xff\" cannot be written, expected UTF-8 without NUL");
  rule.pattern = RulePattern::Text("");
  EXPECT_EQ(error(spec), "empty pattern, expected some text");
  rule.pattern = RulePattern::Secret({});
  EXPECT_EQ(error(spec), "secret without parts");
  rule.pattern = RulePattern::Call("", {}, CallForm::kList);
  EXPECT_EQ(error(spec), "call without function");
  rule.pattern = RulePattern::Whole();
  rule.limits.uses = std::make_shared<UseCounter>(0);
  EXPECT_EQ(error(spec), "a rule is used up, expected a use left");
  rule.limits.uses = nullptr;
  rule.limits.expires = absl::InfiniteFuture();
  EXPECT_THAT(error(spec),
              AllOf(StartsWith("the time "), EndsWith("in whole nanoseconds")));
}

class PolicyFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = ::testing::TempDir() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
};

TEST_F(PolicyFileTest, TheNameTellsTheForm) {
  const PolicySpec spec = ParsePolicyText(kFullText, "p").value();
  const std::string binary = PolicySpecToBinary(spec).value();
  for (const auto& file :
       {Write("a.textproto", kFullText), Write("a.txtpb", kFullText),
        Write("a.policy", kFullText), Write("a.json", kFullJson),
        Write("a.binpb", binary)}) {
    const auto read = ReadPolicyFile(file);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(Describe(*read), kFullSpec);
  }
  EXPECT_EQ(ReadPolicyFile(Write("a.yaml", kFullText)).status().message(),
            absl::StrCat(::testing::TempDir(),
                         "/a.yaml: unknown kind of file, expected a name that "
                         "ends in .textproto, .txtpb, .policy, .json or "
                         ".binpb"));
}

TEST_F(PolicyFileTest, ErrorsNameTheFile) {
  const std::string path = Write("bad.policy", "version: 1\nx: 2\n");
  EXPECT_THAT(std::string(ReadPolicyFile(path).status().message()),
              StartsWith(path + ":2:1: unknown field \"x\""));
}

TEST_F(PolicyFileTest, OnlyRegularFilesOfLimitedSizeAreRead) {
  const std::string dir = ::testing::TempDir();
  EXPECT_EQ(ReadPolicyFile(dir + "/none.json").status().code(),
            absl::StatusCode::kNotFound);
  const std::string fifo = dir + "/fifo.json";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(ReadPolicyFile(fifo).status().message(),
            fifo + ": not a regular file, expected a policy or manifest");
  const std::string folder = dir + "/folder.json";
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  EXPECT_EQ(ReadPolicyFile(folder).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadRegularFile("/dev/zero", 10).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const std::string huge = Write("huge.json", "");
  ASSERT_EQ(truncate(huge.c_str(), 1 << 30), 0);  // sparse
  EXPECT_EQ(ReadPolicyFile(huge).status().message(),
            huge + ": 1073741824 bytes, expected at most 67108864");
  // Says that it is empty and is not: the limit holds while reading, too.
  EXPECT_EQ(ReadRegularFile("/proc/self/status", 10).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(ReadRegularFile("/proc/self/status", 1 << 20).value(),
              HasSubstr("Name:"));
  EXPECT_FALSE(ReadRegularFile(std::string("/etc/passwd\0", 12), 1 << 20).ok());
}

}  // namespace
}  // namespace postern
