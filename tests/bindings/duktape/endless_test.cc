#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/bindings/cli/exec_program.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using ::testing::HasSubstr;

std::string Endless() { return Absolute("tests/bindings/duktape/endless"); }

// docs/duktape.md#limits: the way that it names for what Duktape does not hold.
TEST(EndlessScriptTest, AProcessOfItsOwnHoldsALoopThatNeedsNothing) {
  if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  if (postern::testing::IsSanitized()) {
    GTEST_SKIP() << "sanitizers read /proc/self/maps, which nobody grants";
  }
  const std::string usage = NewFolder() + "/used.json";
  const ProgramRun run =
      Exec({"--preset", "runtime", "--cpu-time", "500ms", "--wall-time", "60s",
            "--usage", usage, absl::StrCat("--allow-process-spawn=", Endless()),
            absl::StrCat("--allow-fs-read=", Endless())},
           {Endless()});
  EXPECT_EQ(run.code, 128 + 9) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(ReadFile(usage), HasSubstr("\"reached\":[\"cpu-time\"]"));
}

}  // namespace
}  // namespace cli
}  // namespace postern
