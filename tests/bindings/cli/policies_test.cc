// Policies as the commands take them: several, with rules, variables and a
// base.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using Args = std::vector<std::string>;

constexpr char kGrants[] =
    "version: 1\n"
    "layers { name: \"grants\"\n"
    "  rules { allow: \"fs.read\" pattern: \"/nope/a\" }\n"
    "  rules { allow: \"fs.read\" pattern: \"${PROJECT}/b\" }\n"
    "  rules { allow: \"fs.read\" pattern: \"rel\" }\n"
    "}\n"
    "base_directory: \"/nope/base\"\n"
    "variables { name: \"PROJECT\" value: \"/nope/p\" }\n";
constexpr char kCeiling[] =
    "version: 1\n"
    "layers { name: \"ceiling\" default: ALLOW\n"
    "  rules { deny: \"fs\" pattern: \"/nope/a/keys\" }\n"
    "}\n";

class PoliciesTest : public ::testing::Test {
 protected:
  PoliciesTest() {
    Write("grants.textproto", kGrants);
    Write("ceiling.textproto", kCeiling);
  }

  std::string Write(const std::string& name, const std::string& text) {
    WriteFile(absl::StrCat(folder_, "/", name), text);
    return absl::StrCat(folder_, "/", name);
  }
  std::string File(const char* name) {
    return absl::StrCat("--policy=", folder_, "/", name);
  }

  const std::string folder_ = NewFolder();
};

TEST_F(PoliciesTest, FilesFlagsVariablesAndBaseMakeOnePolicy) {
  const std::string grants = File("grants.textproto");
  const std::string ceiling = File("ceiling.textproto");
  struct Case {
    Args args;
    const char* path;
    int want;
    const char* why;
  };
  const Case kCases[] = {
      {{grants}, "/nope/a/keys/x", 0, "one file"},
      {{grants, ceiling}, "/nope/a/keys/x", 1, "the other one denies"},
      {{ceiling, grants}, "/nope/a/x", 0, "in any order"},
      {{ceiling}, "/nope/a", 1, "nobody grants"},
      {{grants, "--deny-fs=/nope/a/x"}, "/nope/a/x", 1, "a rule denies"},
      {{grants, "--deny-fs=/nope/a/x"}, "/nope/a/y", 0, "and only that"},
      {{grants, "--ask-fs=/nope/a/x"}, "/nope/a/x", 1, "asked"},
      {{grants, "--allow-fs=/nope/z"}, "/nope/z", 0, "a rule allows"},
      {{grants, ceiling, "--allow-fs=/nope/a/keys"},
       "/nope/a/keys/x",
       1,
       "no rule lifts a ceiling"},
      {{grants}, "/nope/p/b", 0, "the file's variable"},
      {{grants, "--var", "PROJECT=/nope/q"}, "/nope/q/b", 0, "another one"},
      {{grants, "--var", "PROJECT=/nope/q"}, "/nope/p/b", 1, "in its place"},
      {{grants, "--var", "PROJECT=/nope/*"}, "/nope/q/b", 1, "is literal"},
      {{grants}, "rel/x", 0, "the file's base"},
      {{grants}, "/nope/base/rel", 0, "the same"},
      {{grants, "--base", "/nope/c/.."}, "/nope/rel", 0, "another base"},
      {{grants, "--base=/nope/c"}, "rel", 0, "for names as well"},
      {{grants, "--base=/nope/c"}, "/nope/base/rel", 1, "in its place"},
      {{"--allow-fs=here"}, "here/x", 0, "the working directory"},
      {{"--allow-fs=here", "--base=/nope/c"}, "/nope/c/here", 0, "of rules"},
      {{"--allow-fs=${X}/a", "--var=X=/nope"}, "/nope/a", 0, "of rules"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    Args args = {"check"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    args.insert(args.end(), {"fs.read", c.path});
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, c.want) << run.out << run.err;
  }
}

TEST_F(PoliciesTest, StandardInputIsAFileOfAnyForm) {
  const char kJson[] =
      "\n {\"version\": 1, \"layers\": [{\"name\": \"g\", \"rules\": ["
      "{\"allow\": [\"fs.read\"], \"pattern\": \"/nope/a\"}]}]}";
  const std::string binary(
      "\x08\x01\x12\x20\x0a\x01g\x32\x1b\x0a\x07"
      "fs.read\x22\x07/nope/a\x3a\x07"
      "because",
      36);
  for (const std::string& text :
       {std::string(kGrants), std::string(kJson), binary}) {
    ProgramOptions options;
    options.in = text;
    const ProgramRun run =
        RunPostern({"check", "--policy", "-", "fs.read", "/nope/a"}, options);
    EXPECT_EQ(run.code, 0) << run.err;
  }
  ProgramOptions options;
  options.in = "version: 2\n";
  const ProgramRun run =
      RunPostern({"check", "--policy", "-", "fs.read", "/nope/a"}, options);
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StartsWith(run.err, "postern: standard input:1:10: "))
      << run.err;
}

TEST_F(PoliciesTest, WhatCannotBeJoinedIsRefused) {
  Write("b.textproto", "version: 1 base_directory: \"/nope/b\"");
  Write("v.textproto",
        "version: 1 variables { name: \"PROJECT\" value: \"/nope/v\" }");
  Write("l.textproto",
        "version: 1 lenient_wildcards: true layers { name: \"l\" }");
  const std::string grants = File("grants.textproto");
  struct Case {
    Args args;
    const char* want;
  };
  const Case kCases[] = {
      {{grants, File("b.textproto")}, "b.textproto: the base directory is "},
      {{grants, File("v.textproto")}, "v.textproto: variable \"PROJECT\" is "},
      {{grants, File("l.textproto")},
       "l.textproto: lenient_wildcards is said by one"},
      {{grants, grants, grants}, "is given twice"},
      {{File("ceiling.textproto"), "--allow-fs"},
       "0 layers of the policy deny by default"},
      {{grants, grants, "--allow-fs=/x"},
       "2 layers of the policy deny by default, expected one to add "
       "\"--allow-fs\" to"},
      {{grants, "--deny-fs=/x", "--precedence=most-specific"},
       "--precedence is for rules alone"},
      {{grants, "--var", "PROJECTS=/x"},
       "--var gives \"PROJECTS\", which no policy has, perhaps \"PROJECT\""},
      {{grants, "--var", "ZZ=/x"},
       "--var gives \"ZZ\", which no policy has, expected one of PROJECT"},
      {{"--allow-fs=/x", "--var", "ZZ=/x"},
       "--var gives \"ZZ\", which no policy has; none has a variable"},
  };
  for (const Case& c : kCases) {
    Args args = {"check", "fs.read", "/nope/a"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2) << c.want;
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
  EXPECT_EQ(RunPostern({"check", grants, File("b.textproto"), "--base=/nope",
                        "fs.read", "/nope/rel"})
                .code,
            0)
      << "who gives a base settles it";
}

TEST_F(PoliciesTest, EverythingWrongIsToldAtOnce) {
  const std::string bad =
      Write("bad.textproto",
            "version: 1\n"
            "layers { name: \"g\"\n"
            "  rules { allow: \"fs.read\" pattern: \"/[\" }\n"
            "  rules { allow: \"fs.raed\" pattern: \"/a\" }\n"
            "  rules { allow: \"fs.read\" patern: \"/a\" }\n"
            "  rules { allow: \"fs.read\" pattern: \"/**x\" }\n"
            "}\n");
  const ProgramRun run =
      RunPostern({"check", "--policy", bad, "fs.read", "/a", "--json"});
  EXPECT_EQ(run.code, 2);
  const std::vector<std::string> lines =
      absl::StrSplit(run.err, '\n', absl::SkipEmpty());
  const char* const kPlaces[] = {":3:3: ", ":4:18: ", ":5:28: ", ":6:3: "};
  ASSERT_EQ(lines.size(), 4u) << run.err;
  rapidjson::Document json;
  json.Parse(run.out.c_str());
  ASSERT_FALSE(json.HasParseError()) << run.out;
  ASSERT_EQ(json["errors"].Size(), 4u);
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_TRUE(
        absl::StartsWith(lines[i], absl::StrCat("postern: ", bad, kPlaces[i])))
        << lines[i];
    const auto& error = json["errors"][static_cast<unsigned>(i)];
    EXPECT_EQ(
        absl::StrCat("postern: ", error["file"].GetString(), ":",
                     error["line"].GetInt(), ":", error["column"].GetInt(),
                     ": ", error["message"].GetString()),
        lines[i]);
  }
  EXPECT_TRUE(absl::StrContains(lines[1], "perhaps \"fs.read\"")) << lines[1];
}

TEST_F(PoliciesTest, NoMoreThanTwentyProblemsAreTold) {
  std::string text = "version: 1 layers { name: \"g\"\n";
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&text, i % 2 == 0
                               ? "rules { allow: \"fs.raed\" }\n"
                               : "rules { allow: \"fs\" pattern: \"/[\" }\n");
  }
  Write("many.textproto", text + "}\n");
  const ProgramRun run =
      RunPostern({"check", File("many.textproto"), "fs.read", "/a"});
  const std::vector<std::string> lines =
      absl::StrSplit(run.err, '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 20u);
}

TEST_F(PoliciesTest, IncludedFilesAreReadAndNamed) {
  Write("part.textproto",
        "version: 1\nsets { name: \"s\"\n"
        "  rules { allow: \"fs.read\" pattern: \"/nope/s\" } }\n");
  const std::string file = Write("app.textproto",
                                 "version: 1 include: \"part.textproto\"\n"
                                 "layers { name: \"g\" use: \"s\" }\n");
  const ProgramRun run =
      RunPostern({"explain", "--policy", file, "fs.read", "/nope/s/x"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(absl::StrContains(run.out, folder_ + "/part.textproto:3:3"))
      << run.out;
  EXPECT_EQ(RunPostern({"fmt", "--check", file}).code, 1)
      << "a layout needs no other file";

  Write("part.textproto", "version: 1\nlayers { name: \"x\" }\n");
  const ProgramRun bad = RunPostern({"check", "--policy", file, "fs.read"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_TRUE(absl::StrContains(
      bad.err, absl::StrCat(file, ":1:21: ", folder_,
                            "/part.textproto:2:1: \"layers\" in an included")))
      << bad.err;
  ProgramOptions options;
  options.in = "version: 1 include: \"part.textproto\"";
  EXPECT_TRUE(absl::StrContains(
      RunPostern({"check", "--policy", "-", "fs.read"}, options).err,
      "\"include\" in what is no file"));
}

TEST_F(PoliciesTest, WarningsNameTheirPlace) {
  const std::string file = Write("w.textproto",
                                 "version: 1\nlayers { name: \"g\"\n"
                                 "  rules { allow: \"all\" } }\n");
  const ProgramRun run =
      RunPostern({"check", "--policy", file, "fs.read", "/nope"});
  EXPECT_EQ(run.code, 0);
  for (const std::string& line : std::vector<std::string>(
           absl::StrSplit(run.err, '\n', absl::SkipEmpty()))) {
    EXPECT_TRUE(absl::StartsWith(
        line, absl::StrCat("postern: warning: ", file, ":3:3: voids-model: ")))
        << line;
  }
  EXPECT_NE(run.err, "");
}

}  // namespace
}  // namespace cli
}  // namespace postern
