// What is refused in each form of a policy, and what is said of it.

#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/form.h"
#include "permission/proto/policy_proto.h"

namespace postern {
namespace {

using ::testing::StartsWith;

std::string MessageOf(const absl::StatusOr<PolicySpec>& spec) {
  return std::string(spec.status().message());
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

TEST(PolicyProtoErrorsTest, TextAndJsonRefuseTheSame) {
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
     "signatures, base_directory, variables, lenient_wildcards, "
     "include, sets"},
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
     "lenient_wildcards, "
     "include, sets"},
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

TEST(PolicyProtoErrorsTest, TextErrorsNameTheirPlace) {
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
     "layers, signatures, base_directory, variables, lenient_wildcards, "
     "include, sets"},
    {"// x\n{}", "f:1:1: invalid value, expected JSON"},
};

TEST(PolicyProtoErrorsTest, JsonErrorsNameTheirPlace) {
  for (const BadCase& c : kBadJson) {
    SCOPED_TRACE(c.text);
    const auto spec = ParsePolicyJson(c.text, "f");
    ASSERT_FALSE(spec.ok());
    EXPECT_EQ(MessageOf(spec), c.error);
  }
}

// The first of many problems is the one that is found without a list of them.
TEST(PolicyProtoErrorsTest,
     AListOfProblemsBeginsWithTheErrorOfTheStrictReader) {
  const auto check = [](FileForm form, const std::string& text,
                        const std::string& error) {
    SCOPED_TRACE(text);
    const PolicyReading reading =
        ReadPolicyWithProblems({form, text, "f"}, 20, Includes::kRefused);
    ASSERT_FALSE(reading.problems.empty());
    EXPECT_EQ(reading.problems[0].ToString(), error);
    EXPECT_EQ(ReadPolicyWithProblems({form, text, "f"}, 1, Includes::kRefused)
                  .problems.size(),
              1u);
  };
  for (const BadCase& c : kBadText) check(FileForm::kText, c.text, c.error);
  for (const BadCase& c : kBadJson) check(FileForm::kJson, c.text, c.error);
}

TEST(PolicyProtoErrorsTest, AllProblemsOfAFileAreFoundInOrder) {
  EXPECT_FALSE(ReadPolicyWithProblems(
                   {FileForm::kText, "version: 3 layers { name \"g\" }", "f"},
                   9, Includes::kRefused)
                   .complete)
      << "after a missing colon nothing is sure";
  const std::string text =
      "version: 3\n"
      "bogus { a: 1 b: [2, \"x\"] c { d: e } }\n"
      "layers {\n"
      "  name: \"g\" default: PERHAPS\n"
      "  rules { allow: \"fs.raed\" pattern: \"/a\" patern: \"/b\" }\n"
      "  rules { pattern: \"/c\" }\n"
      "  rules { allow: \"fs.read\" pattern: \"/d\" uses: -1 }\n"
      "  rules { allow: \"fs.read\" pattern: \"/e\" expires: \"soon\" }\n"
      "  rules { allow: \"fs.read\" pattern: \"/f\" pattern: \"/g\" }\n"
      "  rules { deny: \"fs.read\" pattern: \"/h\" }\n"
      "}\n"
      "layers { name: \"g\" }\n";
  const PolicyReading reading = ReadPolicyWithProblems(
      {FileForm::kText, text, "f"}, 20, Includes::kRefused);
  EXPECT_TRUE(reading.complete);
  const char* const kWant[] = {
      "f:1:10: version 3 is not supported",
      "f:2:1: unknown field \"bogus\" in Policy",
      "f:4:22: wrong value for \"default\", expected one of DENY, ALLOW",
      "f:5:18: unknown permission \"fs.raed\"",
      "f:5:42: unknown field \"patern\" in Rule",
      "f:6:3: rule without permissions",
      "f:7:48: wrong value for \"uses\", expected a number",
      "f:8:51: ",
      "f:9:42: field \"pattern\" is given twice",
      "f:12:16: Layer \"g\" is there already"};
  ASSERT_EQ(reading.problems.size(), std::size(kWant));
  for (size_t i = 0; i < std::size(kWant); ++i) {
    EXPECT_THAT(reading.problems[i].ToString(), StartsWith(kWant[i]));
  }
  // Of rules, only those without a problem of their own are kept.
  ASSERT_EQ(reading.spec.layers.size(), 2u);
  ASSERT_EQ(reading.spec.layers[0].rules.size(), 1u);
  EXPECT_EQ(reading.spec.layers[0].rules[0].pattern.text(), "/h");
}

TEST(PolicyProtoErrorsTest, JsonProblemsAreFoundToo) {
  const std::string json =
      "{\"version\": 1, \"bogus\": {\"a\": [{\"b\": 1}]},\n"
      "\"layers\": [{\"name\": \"g\", \"mode\": 7, \"rules\": [\n"
      "{\"allow\": [\"fs.raed\"]}, {\"deny\": []},\n"
      "{\"allow\": [\"fs\"], \"deny\": [\"fs\"]}]}]}";
  const PolicyReading reading = ReadPolicyWithProblems(
      {FileForm::kJson, json, "f"}, 20, Includes::kRefused);
  EXPECT_TRUE(reading.complete);
  std::vector<std::string> places;
  for (const FileProblem& problem : reading.problems) {
    places.push_back(
        absl::StrCat(problem.source.line, ":", problem.source.column));
  }
  EXPECT_EQ(absl::StrJoin(places, " "), "1:16 2:34 3:12 3:35 4:1");
  EXPECT_EQ(ReadPolicyWithProblems({FileForm::kJson, json, "f"}, 3,
                                   Includes::kRefused)
                .problems.size(),
            3u);
}

TEST(PolicyProtoErrorsTest, UnknownPermissionsListTheKnownOnes) {
  const auto text = ParsePolicyText(
      "version: 1 layers { name: \"g\"\n rules { allow: [\"fs\", \"fs.raed\"] "
      "} }",
      "f");
  EXPECT_THAT(
      std::string(text.status().message()),
      StartsWith("f:2:24: unknown permission \"fs.raed\", perhaps "
                 "\"fs.read\", expected one of all, fs, fs.read, fs.write,"));
  const auto json = ParsePolicyJson(
      "{\"version\":1,\"layers\":[{\"rules\":[\n{\"deny\":[\"a\\nb\"]}]}]}",
      "f");
  EXPECT_THAT(
      std::string(json.status().message()),
      StartsWith("f:2:10: unknown permission \"a\\u{a}b\", expected one"));
}

TEST(PolicyProtoErrorsTest, NulIsRefusedAnywhere) {
  const std::string text("version: 1\n\0", 12);
  EXPECT_EQ(ParsePolicyText(text, "f").status().message(),
            "f:2:1: NUL, expected text without it");
  const std::string json("{\"version\":1}\0{}", 16);
  EXPECT_EQ(ParsePolicyJson(json, "f").status().message(),
            "f:1:14: NUL, expected text without it");
}

TEST(PolicyProtoErrorsTest, BinaryRefusesWhatItDoesNotKnow) {
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
       "layers, signatures, base_directory, variables, lenient_wildcards, "
       "include, sets"},
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

TEST(PolicyProtoErrorsTest, TimesAreStrict) {
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

TEST(PolicyProtoErrorsTest, DeepNestingIsAnError) {
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

TEST(PolicyProtoErrorsTest, NothingIsLogged) {
  ::testing::internal::CaptureStderr();
  for (const BadCase& c : kBadText) (void)ParsePolicyText(c.text, "f");
  for (const BadCase& c : kBadJson) (void)ParsePolicyJson(c.text, "f");
  (void)ParsePolicyBinary("\x22\x02/\xff", "f");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace postern
