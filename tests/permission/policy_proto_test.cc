#include "permission/proto/policy_proto.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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

TEST(PolicyProtoTest, JsonSaysEverything) {
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
