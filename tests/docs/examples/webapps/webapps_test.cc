// The web apps' example does what it says.

#include <string>

#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

TEST(WebappsTest, TheDemoComesOutRight) {
  ProgramOptions options;
  options.environment["POSTERN"] = PosternPath();
  options.environment["PATH"] = "/usr/bin:/bin";
  const ProgramRun run =
      RunProgram(Absolute("docs/examples/webapps/demo"), {}, options);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("All points came out right."), std::string::npos);
}

}  // namespace
}  // namespace cli
}  // namespace postern
