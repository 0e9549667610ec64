#include "bindings/cli/adapter_files.h"

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

TEST(AdapterFilesTest, TheInstalledOneIsBelowLibexec) {
  const std::string top = NewFolder();
  for (const char* folder : {"/bin", "/libexec", "/libexec/postern",
                             "/libexec/postern/lua", "/lua"}) {
    ASSERT_EQ(mkdir((top + folder).c_str(), 0700), 0);
  }
  WriteFile(top + "/lua/host", "built");
  const std::string program = top + "/bin/postern";
  EXPECT_EQ(AdapterFileOf(program, "lua/host").value(), top + "/lua/host");
  WriteFile(top + "/libexec/postern/lua/host", "installed");
  EXPECT_EQ(AdapterFileOf(program, "lua/host").value(),
            top + "/libexec/postern/lua/host");
}

TEST(AdapterFilesTest, AMissingOneIsNamed) {
  const std::string top = NewFolder();
  const absl::Status status =
      AdapterFileOf(top + "/bin/postern", "lua/host").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "the adapter's file \"" + top +
                                  "/libexec/postern/lua/host\" is missing; "
                                  "tools/install puts it there");
}

}  // namespace
}  // namespace cli
}  // namespace postern
