// What people met with other launchers, told again with "postern exec": a
// program inside of another one, a shell's text, a script beside its user, a
// denial inside of a grant, and rules for links and for what is not there.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/exec_program.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

class ReportedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  }
  std::string Program(const std::string& name, const std::string& text) const {
    const std::string path = absl::StrCat(folder_, "/", name);
    WriteFile(path, text);
    EXPECT_EQ(chmod(path.c_str(), 0755), 0);
    return path;
  }
  const std::string folder_ = NewFolder();
};

// A program that starts others is granted, and what it starts is denied.
TEST_F(ReportedTest, ADeniedProgramIsNotReachedThroughOneThatStartsOthers) {
  const std::string kept = folder_ + "/kept";
  WriteFile(kept, "");
  const std::vector<std::string> rules = {
      "--preset", "runtime", "--allow-process-spawn=/usr/bin/timeout **",
      "--deny-process-spawn=/bin/rm -f **", "--allow-fs=" + folder_};
  const ProgramRun run = Exec(rules, {"timeout", "9", "/bin/rm", "-f", kept});
  EXPECT_NE(run.code, 0);
  EXPECT_TRUE(Exists(kept)) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err, "warning")) << run.err;
  // One that no table knows is a program as any other.
  const std::string own = Program("carry", "#!/bin/sh\nexec \"$@\"\n");
  const ProgramRun other = Exec(rules, {own, "/bin/rm", "-f", kept});
  EXPECT_EQ(other.code, 126);
  EXPECT_TRUE(absl::StrContains(other.err, "process.spawn " + own))
      << other.err;
  EXPECT_TRUE(Exists(kept));
}

// Where the rule lets everything inside pass, the kernel still has the rules.
TEST_F(ReportedTest, WhatIsStartedInsideIsUnderTheSameRules) {
  const std::string kept = folder_ + "/kept";
  WriteFile(kept, "");
  const ProgramRun run =
      Shell({"--allow-fs=" + folder_, "--deny-process-spawn=/bin/rm -f **"},
            absl::StrCat("/bin/rm -f ", kept, "; exec /bin/rm -f ", kept));
  EXPECT_EQ(run.code, 126) << run.err;
  EXPECT_TRUE(Exists(kept));
}

TEST_F(ReportedTest, AShellsTextIsNoProgram) {
  const ProgramRun run =
      Exec({"--preset", "runtime", "--allow-process-spawn=/usr/bin/id **"},
           {"/bin/sh", "-lc", "id -u"});
  EXPECT_EQ(run.code, 126);
  EXPECT_EQ(run.out, "");
  for (const char* part : {"a shell string is a spawn of the shell", "id -u"}) {
    EXPECT_TRUE(absl::StrContains(run.err, part)) << run.err;
  }
}

TEST_F(ReportedTest, AScriptIsFoundByItsPathAndNeedsItsInterpreter) {
  const std::string script = Program("job", "#!/bin/sh\necho ran\n");
  std::vector<std::string> rules = {
      "--preset",
      "runtime",
      "--base",
      folder_,
      "--allow-fs-read=" + folder_,
      absl::StrCat("--allow-process-spawn=", script, " **")};
  EXPECT_NE(Exec(rules, {"job"}).code, 0) << "a bare name, of the folder";
  const ProgramRun denied = Exec(rules, {"./job"});
  EXPECT_EQ(denied.code, 126);
  EXPECT_TRUE(
      absl::StrContains(denied.err, absl::StrCat("\"", script, "\" needs it")))
      << denied.err;
  rules.push_back("--allow-process-spawn=/bin/sh **");
  EXPECT_EQ(Exec(rules, {"./job"}).out, "ran\n");
}

// A folder of one's own is granted, and one deep in it is not. A later grant of
// what lies between does not uncover it.
TEST_F(ReportedTest, ADenialInsideOfAGrantHoldsWhateverElseIsGranted) {
  ASSERT_EQ(mkdir((folder_ + "/share").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((folder_ + "/share/rings").c_str(), 0755), 0);
  const std::string secret = folder_ + "/share/rings/one";
  WriteFile(secret, "secret\n");
  WriteFile(folder_ + "/note", "note\n");
  const std::string report = NewFolder() + "/report";
  const std::string text =
      absl::StrCat("cat ", folder_, "/note; (read x <", secret, "; echo $x)");
  const std::vector<std::string> rules = {
      "--allow-fs=" + folder_, "--deny-fs=" + folder_ + "/share/rings",
      "--allow-process-spawn=/bin/cat **", "--report", report};
  for (const char* more : {"", "/share", "/share/rings/one"}) {
    std::vector<std::string> options = rules;
    options.push_back(absl::StrCat("--allow-fs-read=", folder_, more));
    const ProgramRun run = Shell(options, text);
    EXPECT_EQ(run.out, "note\n\n") << more << ": " << run.err;
    EXPECT_TRUE(absl::StrContains(
        ReadFile(report), absl::StrCat("full    deny fs.read \"", folder_,
                                       "/share/rings\" (contents)")))
        << ReadFile(report);
  }
}

// The rule holds for what the link leads to, by every name of it.
TEST_F(ReportedTest, ARuleForALinkHoldsForItsTarget) {
  ASSERT_EQ(mkdir((folder_ + "/hooks").c_str(), 0755), 0);
  ASSERT_EQ(symlink("hooks", (folder_ + "/link").c_str()), 0);
  const std::string text = absl::StrCat(
      "cd ", folder_, "; (: >link/a) || (: >hooks/a) || test -d hooks && ",
      "test -d link && echo held");
  for (const bool masks : {false, true}) {
    std::vector<std::string> options = {"--allow-fs=" + folder_,
                                        "--deny-fs-write=" + folder_ + "/link"};
    if (masks) options.push_back("--masks");
    const ProgramRun run = Shell(options, text);
    if (absl::StrContains(run.err, "namespace")) {
      GTEST_SKIP() << "no mount namespace here: " << run.err;
    }
    EXPECT_EQ(run.out, "held\n") << run.err;
    EXPECT_FALSE(Exists(folder_ + "/hooks/a"));
  }
}

TEST_F(ReportedTest, ARuleForWhatIsNotThereMakesNothingAndIsSaid) {
  for (const char* masks : {"--allow-sys-info", "--masks"}) {
    const ProgramRun run =
        Shell({"--base", folder_, "--allow-fs-read=" + folder_,
               absl::StrCat("--deny-fs=", folder_, "/.absent"), "--report", "-",
               masks},
              "test -e .absent || echo none");
    EXPECT_EQ(run.out, "none\n") << run.err;
    EXPECT_FALSE(Exists(folder_ + "/.absent"));
    EXPECT_TRUE(absl::StrContains(run.err, "/.absent")) << run.err;
  }
}

}  // namespace
}  // namespace cli
}  // namespace postern
