// "postern test": tables of what a policy should decide.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

constexpr char kPolicy[] =
    "version: 1\n"
    "layers { name: \"grants\"\n"
    "  rules { allow: \"fs.read\" pattern: \"/srv/app\" }\n"
    "  rules { deny: \"fs\" pattern: \"/srv/app/keys\" }\n"
    "  rules { ask: \"net.connect\" pattern: \"example.org:443\" }\n"
    "}\n"
    "layers { name: \"hidden\" default: ALLOW deny_as: NOT_FOUND\n"
    "  rules { deny: \"fs\" pattern: \"/srv/app/.git\" }\n"
    "}\n";

class TestCommandTest : public ::testing::Test {
 protected:
  TestCommandTest() { Write("app.textproto", kPolicy); }

  std::string Write(const std::string& name, const std::string& text) {
    WriteFile(absl::StrCat(folder_, "/", name), text);
    return absl::StrCat(folder_, "/", name);
  }
  std::string Policy() { return absl::StrCat(folder_, "/app.textproto"); }

  const std::string folder_ = NewFolder();
};

TEST_F(TestCommandTest, WhatIsExpectedPasses) {
  const std::string table = Write("t",
                                  "# A table.\n"
                                  "allow fs.read /srv/app/a  # its own\n"
                                  "deny  fs.read /srv/app/keys/k\n"
                                  "hide  fs.read '/srv/app/**'\n"
                                  "ask   net.connect example.org:443\n"
                                  "hide  fs.read /srv/app/.git/x\n");
  const ProgramRun run = RunPostern({"test", "--policy", Policy(), table});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(run.out, "5 passed, 0 failed\n");
}

TEST_F(TestCommandTest, AVariableIsOneOfSomePolicy) {
  Write("v.textproto",
        "version: 1 layers { name: \"g\" rules { allow: \"fs.read\" "
        "pattern: \"${DATA}/a\" } }");
  const std::string table =
      Write("t",
            "policy app.textproto\nallow fs.read /srv/app/a\n"
            "policy v.textproto\nallow fs.read /nope/a\n");
  EXPECT_EQ(RunPostern({"test", "--var", "DATA=/nope", table}).code, 0);
  const ProgramRun run =
      RunPostern({"test", "--var", "DATA=/nope", "--var", "DATE=/x", table});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StrContains(
      run.err, "--var gives \"DATE\", which no policy has, perhaps \"DATA\""))
      << run.err;
}

TEST_F(TestCommandTest, CoverageTellsRulesAtOnePlaceApart) {
  const std::string table = Write("t", "allow fs.read /srv/app/a\n");
  const std::string binary = absl::StrCat(folder_, "/p.binpb");
  ASSERT_EQ(
      RunPostern({"convert", Policy(), "--to=binary", "--out", binary}).code,
      0);
  EXPECT_TRUE(absl::EndsWith(
      RunPostern({"test", "--coverage", "--policy", binary, table}).out,
      "1 of 4 rules decided something\n"));
  EXPECT_TRUE(
      absl::EndsWith(RunPostern({"test", "--coverage", "--allow-fs-read=/srv",
                                 "--allow-fs-read=/x", table, table})
                         .out,
                     "1 of 2 rules decided something\n"));
}

TEST_F(TestCommandTest, APolicyOnStandardInputIsForEveryTable) {
  const std::string table = Write("t", "allow fs.read /srv/app/a\n");
  ProgramOptions options;
  options.in = kPolicy;
  const ProgramRun run =
      RunPostern({"test", "--policy", "-", table, table}, options);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, "2 passed, 0 failed\n");
}

TEST_F(TestCommandTest, AFailureShowsTheExplanation) {
  const std::string table = Write("t",
                                  "allow fs.read /srv/app/a\n"
                                  "\n"
                                  "allow fs.read '/srv/app/keys/a b'  # no\n");
  const ProgramRun run = RunPostern({"test", "--policy", Policy(), table});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(absl::StartsWith(
      run.out, absl::StrCat(table,
                            ":3: expected allow, got deny: allow fs.read "
                            "'/srv/app/keys/a b'\n    deny: ")))
      << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "app.textproto:4:3"));
  EXPECT_TRUE(absl::EndsWith(run.out, "1 passed, 1 failed\n"));

  rapidjson::Document json;
  json.Parse(
      RunPostern({"test", "--policy", Policy(), table, "--json"}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["failed"].GetInt(), 1);
  EXPECT_EQ(json["results"][1]["line"].GetInt(), 3);
  EXPECT_STREQ(json["results"][1]["actual"].GetString(), "deny");
  EXPECT_FALSE(json["results"][0].HasMember("explanation"));
}

TEST_F(TestCommandTest, CoverageNamesRulesThatDecideNothing) {
  const std::string table = Write("t",
                                  "allow fs.read /srv/app/a\n"
                                  "hide  fs.read /srv/app/.git/x\n");
  const ProgramRun run =
      RunPostern({"test", "--policy", Policy(), "--coverage", table});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out,
            absl::StrCat(Policy(),
                         ":4:3: no decision is due to this rule: deny fs "
                         "/srv/app/keys\n",
                         Policy(),
                         ":5:3: no decision is due to this rule: ask "
                         "net.connect example.org:443\n"
                         "2 passed, 0 failed\n2 of 4 rules decided "
                         "something\n"));
}

TEST_F(TestCommandTest, JunitIsWrittenBesides) {
  const std::string table =
      Write("t & <u>", "allow fs.read '/srv/app/<\"&'\nallow fs.write /x\n");
  const std::string xml = folder_ + "/out.xml";
  const ProgramRun run =
      RunPostern({"test", "--policy", Policy(), "--junit", xml, table});
  EXPECT_EQ(run.code, 1);
  const std::string text = ReadFile(xml);
  EXPECT_TRUE(
      absl::StrContains(text, "<testsuites tests=\"2\" failures=\"1\">\n"));
  EXPECT_TRUE(absl::StrContains(text, "t &amp; &lt;u&gt;\" tests=\"2\""));
  EXPECT_TRUE(absl::StrContains(
      text, "name=\"1: allow fs.read '/srv/app/&lt;&quot;&amp;'\"/>"))
      << text;
  EXPECT_TRUE(absl::StrContains(
      text, "<failure message=\"expected allow, got deny\">"));
  EXPECT_EQ(RunPostern(
                {"test", "--policy", Policy(), "--junit", "/nope/x.xml", table})
                .code,
            2);
}

TEST_F(TestCommandTest, ATableNamesItsPolicies) {
  Write("more.textproto",
        "version: 1 layers { name: \"more\" default: ALLOW rules { deny: "
        "\"fs\" pattern: \"/srv/app/b\" } }");
  const std::string table = Write("t",
                                  "policy app.textproto\n"
                                  "allow fs.read /srv/app/b\n"
                                  "policy app.textproto more.textproto\n"
                                  "deny fs.read /srv/app/b\n");
  EXPECT_EQ(RunPostern({"test", table}).out, "2 passed, 0 failed\n");
  const ProgramRun both = RunPostern({"test", table, "--policy", Policy()});
  EXPECT_EQ(both.code, 2);
  EXPECT_TRUE(absl::StrContains(both.err, ":1: a policy is named here and"));
}

TEST_F(TestCommandTest, WhatIsWrongIsToldAtOnce) {
  const std::string bad =
      Write("bad", "alow fs.read /x\nallow fs.raed /x\npolicy\nallow '\n");
  const ProgramRun run = RunPostern({"test", "--policy", Policy(), bad});
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.out, "");
  for (const char* place : {":1:1: ", ":2:7: ", ":3:7: ", ":4:7: "}) {
    EXPECT_TRUE(absl::StrContains(run.err, absl::StrCat(bad, place)))
        << run.err;
  }
  const std::string empty = Write("empty", "# nothing\n");
  EXPECT_EQ(RunPostern({"test", "--policy", Policy(), empty}).code, 2);
  EXPECT_EQ(RunPostern({"test", "--policy", Policy(), "/nope"}).code, 2);
  EXPECT_EQ(RunPostern({"test", "--policy", Policy()}).code, 2);
  const std::string lost = Write("lost", "allow fs.read /x\n");
  EXPECT_TRUE(
      absl::StrContains(RunPostern({"test", lost}).err, "no policy is named"));
}

TEST_F(TestCommandTest, APolicyIsNoTable) {
  const ProgramRun run = RunPostern({"test", Policy()});
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, absl::StrCat("postern: ", Policy(),
                                  " is a policy: give it as --policy, and a "
                                  "table of decisions after it\n"));
}

TEST_F(TestCommandTest, AResourceThatIsNoneIsNoted) {
  const std::string table = Write("t",
                                  "deny net.connect example.net:443\n"
                                  "deny net.connect https://example.org\n");
  const ProgramRun run = RunPostern({"test", "--policy", Policy(), table});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, "2 passed, 0 failed\n");
  EXPECT_EQ(run.err,
            absl::StrCat("postern: ", table,
                         ":2: note: invalid endpoint \"https://example.org\" "
                         "at column 1: a URL is none, expected "
                         "\"example.org:443\"; no policy allows this\n"));
}

}  // namespace
}  // namespace cli
}  // namespace postern
