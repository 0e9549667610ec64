// lint and diff: what a policy's author and its reviewer want to be told.

#include <unistd.h>

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

class LintDiffTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& rules) {
    const std::string path = absl::StrCat(folder_, "/", name);
    WriteFile(path, absl::StrCat("version: 1\nlayers { name: \"g\"\n", rules,
                                 "\n}\n"));
    return path;
  }
  const std::string folder_ = NewFolder();
};

TEST_F(LintDiffTest, LintTellsPlaceCodeAndMessage) {
  const std::string file =
      Write("p.textproto",
            "rules { allow: \"env.read\" }\n"
            "rules { allow: \"env.read\" pattern: \"A\" }");
  const ProgramRun run = RunPostern({"lint", file});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out,
            absl::StrCat(file,
                         ":4:1: repeated: says nothing beside \"allow env.read "
                         "(everything)\" (",
                         file, ":3:1)\n"));
  rapidjson::Document json;
  json.Parse(RunPostern({"lint", "--json", file}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  ASSERT_EQ(json["findings"].Size(), 1u);
  EXPECT_STREQ(json["findings"][0]["code"].GetString(), "repeated");
  EXPECT_EQ(json["findings"][0]["line"].GetInt(), 4);
}

// Bound, it is for where the link leads, and says what no other rule says.
TEST_F(LintDiffTest, LintAdvisesNobodyToDeleteARuleForALink) {
  ASSERT_EQ(symlink("/usr", (folder_ + "/link").c_str()), 0);
  const std::string file = Write(
      "p.textproto",
      absl::StrCat("rules { allow: \"fs.read\" pattern: \"", folder_,
                   "\" }\nrules { allow: \"fs.read\" pattern: \"", folder_,
                   "/link\" }\nrules { allow: \"fs.read\" pattern: \"", folder_,
                   "/p.textproto\" }\n"));
  const std::string out = RunPostern({"lint", file}).out;
  EXPECT_FALSE(absl::StrContains(out, ":4:1: repeated")) << out;
  EXPECT_TRUE(absl::StrContains(out, ":4:1: link")) << out;
  EXPECT_TRUE(absl::StrContains(out, ":5:1: repeated")) << out;
}

// A pattern must not print lines of its own, nor hide a file's name.
TEST_F(LintDiffTest, AnErrorIsOneLine) {
  const ProgramRun run = RunPostern(
      {"lint",
       Write("p.textproto",
             "rules { allow: \"fs\" pattern: \"/a\\npostern: b [\" }")});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
}

TEST_F(LintDiffTest, LintLooksAtFilesAndPlugins) {
  WriteFile(folder_ + "/there", "");
  ASSERT_EQ(symlink("there", (folder_ + "/link").c_str()), 0);
  const std::string file = Write(
      "p.textproto",
      absl::StrCat("rules { allow: \"fs.read\" pattern: \"", folder_,
                   "/there\" }\nrules { allow: \"fs.read\" pattern: \"",
                   folder_, "/link\" }\nrules { deny: \"fs.read\" pattern: \"",
                   folder_, "/gone/**\" }\n",
                   "rules { allow: \"plugin.call\" call { function: "
                   "\"exec.in.runn\" no_args: true } }\n"
                   "rules { deny: \"plugin.call\" call { function: "
                   "\"other.plugin.f\" } }"));
  const ProgramRun run = RunPostern({"lint", file});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(absl::StrContains(
      run.out,
      absl::StrCat(":4:1: link: \"", folder_,
                   "/link\" leads through a link to \"", folder_, "/there\"")))
      << run.out;
  EXPECT_TRUE(absl::StrContains(
      run.out, absl::StrCat(":5:1: missing: \"", folder_, "/gone\"")))
      << run.out;
  EXPECT_TRUE(absl::StrContains(
      run.out,
      ":6:1: unknown-function: plugin \"exec.in\" has no function "
      "\"runn\", perhaps \"run\""))
      << run.out;
  EXPECT_FALSE(absl::StrContains(run.out, ":3:1: ")) << run.out;
  EXPECT_FALSE(absl::StrContains(run.out, ":7:1: ")) << run.out;
}

TEST_F(LintDiffTest, SeveralFilesAreOnePolicyAndEachPlaceHasItsFile) {
  const std::string grants =
      Write("a.textproto", "rules { allow: \"env.read\" pattern: \"HOME\" }");
  const std::string denies =
      Write("b.textproto",
            "default: ALLOW\n"
            "rules { deny: \"env.read\" pattern: \"HOME\" }");
  EXPECT_EQ(RunPostern({"lint", grants}).code, 0);
  const ProgramRun run = RunPostern({"lint", grants, denies});
  EXPECT_EQ(run.code, 1) << run.err;
  EXPECT_TRUE(absl::StrContains(
      run.out, absl::StrCat(grants, ":3:1: overruled-elsewhere: ")))
      << run.out;
  // So do errors, which are those of all files.
  const std::string bad = Write("c.textproto", "rules { allow: \"fs.raed\" }");
  const std::string worse = Write("d.textproto", "rules { deny: \"nte\" }");
  const ProgramRun errors = RunPostern({"lint", bad, worse});
  EXPECT_EQ(errors.code, 2);
  EXPECT_TRUE(absl::StrContains(errors.err, absl::StrCat(bad, ":3:")));
  EXPECT_TRUE(absl::StrContains(errors.err, absl::StrCat(worse, ":3:")));
}

TEST_F(LintDiffTest, NothingFoundIsExitCodeZero) {
  const ProgramRun run = RunPostern({"lint", "--allow-env-read=HOME"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(RunPostern({"lint"}).code, 2);
  EXPECT_EQ(RunPostern({"lint", "/nope.json"}).code, 2);
}

TEST_F(LintDiffTest, DiffGivesAnExampleOfEachChange) {
  const std::string before =
      Write("a.textproto",
            "rules { allow: \"fs.read\" pattern: \"/nope/a\" }\n"
            "rules { allow: \"env.read\" pattern: \"A\" }");
  const std::string after =
      Write("b.textproto",
            "rules { allow: \"fs.read\" pattern: \"/nope/a\" }\n"
            "rules { deny: \"fs.read\" pattern: \"/nope/a/k\" }\n"
            "rules { allow: \"env.read\" pattern: \"B c\" }");
  const ProgramRun run = RunPostern({"diff", before, after});
  EXPECT_EQ(run.code, 1) << run.err;
  for (const std::string& line :
       {absl::StrCat(
            "# wider\nallow env.read 'B c'  # was deny by no rule, now "
            "by ",
            after, ":5:1\n"),
        absl::StrCat("deny fs.read /nope/a/k  # was allow by ", before,
                     ":3:1, now by ", after, ":4:1\n"),
        absl::StrCat("deny env.read A  # was allow by ", before,
                     ":4:1, now by no rule\n")}) {
    EXPECT_TRUE(absl::StrContains(run.out, line)) << line << run.out;
  }
  EXPECT_FALSE(absl::StrContains(run.out, "not compared exactly"));
  // What it prints, the new policy passes and the old one fails.
  WriteFile(folder_ + "/t", run.out);
  EXPECT_EQ(RunPostern({"test", "--policy", after, folder_ + "/t"}).code, 0);
  EXPECT_EQ(RunPostern({"test", "--policy", before, folder_ + "/t"}).code, 1);

  rapidjson::Document json;
  json.Parse(RunPostern({"diff", before, after, "--json"}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_GE(json["changes"].Size(), 3u);
  EXPECT_EQ(json["inexact"].Size(), 0u);
}

TEST_F(LintDiffTest, DiffGivesTheMostAlarmingExampleOfWhatIsWider) {
  const std::string before =
      Write("a.textproto",
            "rules { allow: \"fs.read\" pattern: \"/srv/app\" }\n"
            "rules { allow: \"env.read\" pattern: \"LONG_NAME\" }");
  const std::string after =
      Write("b.textproto",
            "rules { allow: \"fs.read\" pattern: \"/\" }\n"
            "rules { allow: \"env.read\" pattern: \"L*\" }");
  const std::string out = RunPostern({"diff", before, after}).out;
  EXPECT_TRUE(absl::StrContains(
      out, absl::StrCat("allow fs.read /etc/shadow  # was deny by no rule, now "
                        "by ",
                        after, ":3:1\n")))
      << out;
  EXPECT_TRUE(absl::StrContains(out, "allow env.read L  # was deny by no rule"))
      << out;
}

TEST_F(LintDiffTest, DiffSaysWhatNoRuleIsForAllOf) {
  const std::string whole =
      Write("a.textproto", "rules { allow: \"fs.read\" }");
  const std::string paths =
      Write("b.textproto", "rules { allow: \"fs.read\" pattern: \"/\" }");
  EXPECT_TRUE(
      absl::StrContains(RunPostern({"diff", whole, paths}).out,
                        absl::StrCat("deny fs.read  # was allow by ", whole,
                                     ":3:1, now as no rule is for all "
                                     "of it\n")));
  EXPECT_TRUE(absl::StrContains(
      RunPostern({"diff", paths, whole}).out,
      "allow fs.read  # was deny as no rule is for all of it, now by "));
}

TEST_F(LintDiffTest, DiffSaysWhatIsWithin) {
  const std::string before =
      Write("a.textproto", "rules { allow: \"fs.read\" pattern: \"/srv\" }");
  const std::string after =
      Write("b.textproto",
            "rules { allow: \"fs.read\" pattern: \"/srv\" }\n"
            "rules { deny: \"fs.read\" pattern: \"/srv/keys\" }");
  const std::string out = RunPostern({"diff", before, after}).out;
  EXPECT_TRUE(absl::StrContains(
      out, absl::StrCat("deny fs.read /srv/**  # was allow by ", before,
                        ":3:1, now by a rule within it\n")))
      << out;
}

TEST_F(LintDiffTest, AVariableIsOneOfEitherPolicy) {
  const std::string one =
      Write("a.textproto", "rules { allow: \"fs.read\" pattern: \"${A}/x\" }");
  const std::string other =
      Write("b.textproto", "rules { allow: \"fs.read\" pattern: \"/y\" }");
  EXPECT_EQ(RunPostern({"diff", one, other, "--var", "A=/nope"}).code, 1);
  const ProgramRun run =
      RunPostern({"diff", one, other, "--var", "A=/nope", "--var", "B=/x"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StrContains(run.err, "\"B\", which no policy has"))
      << run.err;
}

TEST_F(LintDiffTest, DiffSaysWhereItIsNotExact) {
  const std::string before =
      Write("a.textproto", "rules { allow: \"fs.read\" pattern: \"/*/a\" }");
  const std::string same =
      Write("b.textproto", "rules { allow: \"fs.read\" pattern: \"/*/a\" }");
  EXPECT_EQ(RunPostern({"diff", before, same}).out, "# no difference\n");
  EXPECT_EQ(RunPostern({"diff", before, same}).code, 0);
  const std::string wild =
      Write("c.textproto", "rules { allow: \"fs.read\" pattern: \"/?*/a\" }");
  const ProgramRun run = RunPostern({"diff", before, wild});
  EXPECT_TRUE(absl::StrContains(run.out,
                                "# not compared exactly: fs.read, which has "
                                "patterns with wildcards\n"))
      << run.out;
  EXPECT_EQ(RunPostern({"diff", before}).code, 2);
  EXPECT_EQ(RunPostern({"diff", before, "/nope.json"}).code, 2);
}

}  // namespace
}  // namespace cli
}  // namespace postern
