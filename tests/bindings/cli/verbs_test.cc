// The table of verbs, and what follows it: the parser, --help, man pages,
// completions and docs/cli.md.

#include "bindings/cli/verbs.h"

#include <stdlib.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bindings/cli/concepts.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

std::string Roff(const char* text) {
  return absl::StrReplaceAll(text, {{"-", "\\-"}});
}

// With every run of white space as one space.
std::string OnOneLine(const std::string& text) {
  return absl::StrJoin(
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty()), " ");
}

bool Runs(const std::string& command) {
  return system(absl::StrCat(command, " >/dev/null 2>&1").c_str()) == 0;
}

// What a shell prints; its standard error too.
std::string Shell(const std::string& shell, const std::string& script) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/script", script);
  const ProgramRun run =
      RunProgram("/bin/sh", {"-c", "exec " + shell + " " + folder + "/script"});
  return run.out + run.err;
}

TEST(VerbsTest, TheParserTakesEveryOptionOfTheTable) {
  for (const Verb& verb : AllVerbs()) {
    for (const Option& option : verb.options) {
      std::vector<std::string> args = {verb.name};
      if (verb.command == Command::kCsp) {
        const std::string summary = option.summary;
        args.push_back(absl::StrContains(summary, "check") ||
                               absl::StrContains(summary, "digest")
                           ? "check"
                       : absl::StrContains(summary, "Of review") ? "review"
                                                                 : "merge");
      }
      args.push_back(option.name);
      if (*option.value != '\0') args.push_back("a=b");
      const ProgramRun run = RunPostern(args);
      EXPECT_FALSE(absl::StrContains(run.err, "unknown option"))
          << verb.name << ": " << run.err;
    }
    const ProgramRun run = RunPostern({verb.name, "--no-such-option"});
    EXPECT_EQ(run.code, 2) << verb.name;
  }
}

TEST(VerbsTest, HelpNamesEveryVerbAndOption) {
  const std::string all = RunPostern({"--help"}).out;
  for (const Verb& verb : AllVerbs()) {
    EXPECT_TRUE(absl::StrContains(all, absl::StrCat("\n  ", verb.name, " ")));
    EXPECT_TRUE(absl::StrContains(OnOneLine(all), verb.summary)) << verb.name;
    const std::string help = RunPostern({verb.name, "--help"}).out;
    EXPECT_EQ(RunPostern({"help", verb.name}).out, help);
    for (const Option& option : verb.options) {
      EXPECT_TRUE(absl::StrContains(
          help, absl::StrCat("\n  ", option.name,
                             *option.value == '\0' ? "" : " ", option.value)))
          << verb.name << option.name;
    }
    for (const auto& line : {help, all}) {
      EXPECT_EQ(line.find("  \n"), std::string::npos);
    }
  }
  for (const Concept& one : AllConcepts()) {
    EXPECT_TRUE(absl::StrContains(OnOneLine(all), one.summary)) << one.name;
    EXPECT_TRUE(
        absl::StrContains(RunPostern({"help", one.name}).out, one.text));
    EXPECT_EQ(FindVerb(one.name), nullptr) << "one name, one meaning";
  }
}

// The page holds what --help prints, so that both are read once and kept once.
TEST(VerbsTest, ThePageOfTheProgramHoldsEveryHelp) {
  const std::string page = ReadFile("docs/cli.md");
  for (const Verb& verb : AllVerbs()) {
    EXPECT_TRUE(absl::StrContains(
        page, absl::StrCat("\n## ", verb.name, "\n\n```text\n",
                           RunPostern({"help", verb.name}).out, "```\n")))
        << "docs/cli.md needs what \"postern help " << verb.name << "\" prints";
  }
}

TEST(VerbsTest, LinesFitATerminal) {
  std::vector<std::string> texts = {RunPostern({"--help"}).out};
  for (const std::string& name : VerbNames()) {
    texts.push_back(RunPostern({"help", name}).out);
  }
  for (const std::string& name : ConceptNames()) {
    texts.push_back(RunPostern({"help", name}).out);
  }
  for (const std::string& text : texts) {
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != text.npos;
         begin = end + 1) {
      const std::string line = text.substr(begin, end - begin);
      EXPECT_TRUE(line.size() <= 80 || absl::StartsWith(line, "usage: ") ||
                  absl::StartsWith(line, "       postern "))
          << line;
    }
  }
}

TEST(VerbsTest, SlipsAreAnsweredWithTheNearestName) {
  struct Case {
    std::vector<std::string> args;
    const char* want;
  };
  const Case kCases[] = {
      {{"chek"}, "unknown command \"chek\", perhaps \"check\""},
      {{"explian"}, "perhaps \"explain\""},
      {{"help", "chekc"}, "perhaps \"check\""},
      {{"help", "rule"}, "perhaps \"rules\""},
      {{"man", "lsit"}, "perhaps \"list\""},
      {{"list", "--stor=x"}, "\"--stor=x\", perhaps \"--store\""},
      {{"check", "--subtre", "fs.read"}, "perhaps \"--subtree\""},
      {{"csp", "merg"}, "perhaps \"merge\""},
      {{"csp", "merge", "--bas", "x"}, "perhaps \"--base\""},
  };
  for (const Case& c : kCases) {
    const ProgramRun run = RunPostern(c.args);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
  EXPECT_FALSE(absl::StrContains(RunPostern({"frobnicate"}).err, "perhaps"))
      << "nothing is near";
}

TEST(ManTest, PagesNameEveryOptionAndAreCleanRoff) {
  const std::string folder = NewFolder();
  ASSERT_EQ(RunPostern({"man", "--into", folder}).code, 0);
  EXPECT_EQ(ReadFile(folder + "/postern.1"), RunPostern({"man"}).out);
  for (const Verb& verb : AllVerbs()) {
    const std::string file = absl::StrCat(folder, "/postern-", verb.name, ".1");
    const std::string page = ReadFile(file);
    EXPECT_EQ(page, RunPostern({"man", verb.name}).out);
    EXPECT_TRUE(absl::StrContains(ReadFile(folder + "/postern.1"),
                                  absl::StrCat("postern\\-", verb.name)));
    for (const Option& option : verb.options) {
      EXPECT_TRUE(absl::StrContains(
          page, absl::StrCat("\\fB", Roff(option.name), "\\fR")))
          << file << option.name;
    }
    if (!Runs("groff --version")) continue;
    EXPECT_EQ(Shell("groff -man -Tutf8 -ww -z", page), "") << file;
  }
  EXPECT_EQ(RunPostern({"man", "--into", "/nope"}).code, 2);
  EXPECT_EQ(RunPostern({"man", "nope"}).code, 2);
}

TEST(CompletionTest, ScriptsNameEveryVerbAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const ProgramRun run = RunPostern({"completion", shell});
    EXPECT_EQ(run.code, 0);
    for (const Verb& verb : AllVerbs()) {
      EXPECT_TRUE(absl::StrContains(run.out, verb.name)) << shell;
      for (const Option& option : verb.options) {
        EXPECT_TRUE(absl::StrContains(run.out, option.name + 2))
            << shell << verb.name << option.name;
      }
    }
    if (!Runs(absl::StrCat(shell, " --version"))) continue;
    EXPECT_EQ(Shell(absl::StrCat(shell, " -n"), run.out), "") << shell;
  }
  EXPECT_EQ(RunPostern({"completion", "tcsh"}).code, 2);
  EXPECT_EQ(RunPostern({"completion"}).code, 2);
}

TEST(CompletionTest, BashCompletesVerbsOptionsAndPermissions) {
  if (!Runs("bash --version")) GTEST_SKIP() << "no bash here";
  struct Case {
    const char* words;
    int at;
    const char* want;
  };
  const Case kCases[] = {
      {"postern chec", 1, "check "},
      {"postern check fs.r", 2, "fs.read "},
      {"postern check --subtree fs.r", 3, "fs.read "},
      {"postern check --allow-fs-w", 2, "--allow-fs-write= "},
      {"postern check --allow-fs-write = /et", 4, "/etc "},
      {"postern check --sub", 2, "--subtree "},
      {"postern approve --digest x", 3, ""},
      {"postern help permis", 2, "permissions "},
      {"postern completion f", 2, "fish "},
      {"postern nope x", 2, ""},
  };
  const std::string script = RunPostern({"completion", "bash"}).out;
  for (const Case& c : kCases) {
    EXPECT_EQ(
        Shell("bash", absl::StrCat(script, "COMP_WORDS=(", c.words,
                                   ")\nCOMP_CWORD=", c.at,
                                   "\n_postern\nfor w in \"${COMPREPLY[@]}\"; "
                                   "do printf '%s ' \"$w\"; done\n")),
        c.want)
        << c.words;
  }
}

// Its own functions offer words to a person alone: here they print what they
// were given.
TEST(CompletionTest, ZshCompletesBehindAnEqualsSign) {
  if (!Runs("zsh --version")) GTEST_SKIP() << "no zsh here";
  const struct {
    const char* words;
    int at;
    const char* want;
  } kCases[] = {
      {"postern check --policy=a", 3, "behind *= FILES "},
      {"postern check --policy a", 4, "FILES "},
      {"postern check --allow-fs-read=/et", 3, "behind *= FILES "},
      {"postern check --allow-env-read=H", 3, "behind *= "},
      {"postern check --var=A", 3, "behind *= "},
      {"postern check --var A", 4, ""},
      {"postern approve --allow-fs-read=/et", 3, "behind *= "},
      {"postern completion z", 3, "bash zsh fish FILES "},
  };
  const std::string script = RunPostern({"completion", "zsh"}).out;
  for (const auto& c : kCases) {
    EXPECT_EQ(Shell("zsh -f",
                    absl::StrCat("compadd() { printf '%s ' ${@:#-*} }\n"
                                 "compset() { printf 'behind %s ' $2 }\n"
                                 "_files() { printf 'FILES ' }\n"
                                 "words=(",
                                 c.words, ") CURRENT=", c.at, "\n", script)),
              c.want)
        << c.words;
  }
}

TEST(CompletionTest, FishCompletesBehindAnEqualsSign) {
  if (!Runs("fish --version")) GTEST_SKIP() << "no fish here";
  const std::string folder = NewFolder();
  WriteFile(folder + "/policy.json", "");
  const std::string script =
      absl::StrCat(RunPostern({"completion", "fish"}).out, "cd ", folder, "\n");
  for (const char* option : {"--policy=", "--deny-fs-read="}) {
    const std::string line = absl::StrCat("postern check ", option, "pol");
    EXPECT_EQ(Shell("fish --no-config",
                    absl::StrCat(script, "complete -C '", line, "'\n")),
              absl::StrCat(option, "policy.json\n"));
  }
  EXPECT_EQ(
      Shell("fish --no-config",
            absl::StrCat(script,
                         "complete -C 'postern check --allow-env-read=pol'\n")),
      "");
}

}  // namespace
}  // namespace cli
}  // namespace postern
