#include "permission/internal/known_programs.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/path_pattern.h"
#include "gtest/gtest.h"
#include "permission/internal/argument_pattern.h"
#include "permission/internal/call_pattern.h"

namespace postern {
namespace internal {
namespace {

CallPattern Running(const std::vector<std::string>& args) {
  CallPattern pattern;
  pattern.function = "exec.in.run";
  fs::PathPatternOptions options;
  options.base_directory = "/srv/app";
  absl::StatusOr<std::vector<ArgumentPattern>> parsed =
      ParseArgumentPatterns(args, options);
  if (!parsed.ok()) ADD_FAILURE() << parsed.status();
  if (parsed.ok()) pattern.args = *std::move(parsed);
  return pattern;
}

CallTraits TraitsOf(const CallPattern& pattern, TrialBudget* budget) {
  return TraitsOfCall(pattern, "/srv/app", budget);
}

bool IsWorst(const CallTraits& traits) {
  return traits.program.interpreter && traits.program.obeys_folder;
}

TEST(KnownProgramsTest, VersionsAndVariantsAreKnown) {
  for (absl::string_view name :
       {"sh", "/bin/sh", "python3.11", "/usr/bin/python3-dbg", "bash-static",
        "x86_64-linux-gnu-gcc-12", "arm-none-linux-gnueabihf-gcc"}) {
    EXPECT_TRUE(TraitsOfProgram(name).interpreter) << name;
  }
  for (absl::string_view name :
       {"", "/", "ls", "shell", "sh/x", "pythonic", "my-x", "-"}) {
    EXPECT_FALSE(TraitsOfProgram(name).any()) << name;
  }
}

// Each dash is a place to look from, and a pattern may have a thousand names.
TEST(KnownProgramsTest, FewDashesOfANameAreLookedAt) {
  EXPECT_TRUE(TraitsOfProgram("a-a-a-a-a-a-gcc").interpreter);
  EXPECT_FALSE(TraitsOfProgram("a-a-a-a-a-a-a-gcc").any());
}

TEST(KnownProgramsTest, ProgramsThatAPatternMatchesAreKnown) {
  TrialBudget budget;
  EXPECT_TRUE(IsWorst(TraitsOf(Running({"re:(make|ls)"}), &budget)));
  EXPECT_TRUE(IsWorst(TraitsOf(Running({"path:/usr/bin/gi*"}), &budget)));
  EXPECT_FALSE(TraitsOf(Running({"re:l.?s"}), &budget).program.any());
  EXPECT_FALSE(TraitsOf(Running({"path:/usr/bin/ls*"}), &budget).program.any());
}

// What somebody writes that a host is to read: each costs as much as it can,
// and none names a program that is known.
TEST(KnownProgramsTest, HostilePatternsUseTheBudgetUpAndThenTheWorstIsSaid) {
  const struct {
    std::vector<std::string> args;
    const char* why;
  } kCases[] = {
      {{"re:.{0,900}Q"}, "a large automaton"},
      {{"re:(a?.?){300}Q"}, "with many states"},
      {{"re:(.*a.{0,12}){8}Q"}, "and very many"},
      {{"path:/{a,b,c,d,e,f,g,h}*a*a*a*a*a*a*a*a*a*a*a*a*a*a*Q"}, "stars"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.why);
    const CallPattern pattern = Running(c.args);
    TrialBudget budget;
    int judged = 0;
    while (judged < 1000 && !IsWorst(TraitsOf(pattern, &budget))) ++judged;
    EXPECT_GE(judged, 1);
    EXPECT_LT(judged, 1000);
    EXPECT_TRUE(IsWorst(TraitsOf(pattern, &budget)));
    EXPECT_FALSE(TraitsOf(Running({"ls"}), &budget).program.any())
        << "names cost nothing";
  }
}

TEST(KnownProgramsTest, ManyArgumentsUseTheBudgetUp) {
  std::vector<std::string> args(60, "re:.{0,900}Q");
  args[0] = "ls";
  const CallPattern pattern = Running(args);
  TrialBudget budget;
  int judged = 0;
  while (judged < 1000 && !TraitsOf(pattern, &budget).any_argument) ++judged;
  EXPECT_GE(judged, 1);
  EXPECT_LT(judged, 1000);
}

TEST(KnownProgramsTest, OrdinaryPoliciesAreWithinTheBudget) {
  TrialBudget budget;
  for (int i = 0; i < 500; ++i) {
    const CallTraits traits = TraitsOf(
        Running({"re:(ls|cat|[a-f]{4})", "path:/srv/app/data"}), &budget);
    EXPECT_FALSE(traits.program.any()) << i;
  }
}

}  // namespace
}  // namespace internal
}  // namespace postern
