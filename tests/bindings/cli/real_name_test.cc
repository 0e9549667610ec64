#include "bindings/cli/real_name.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

TEST(RealNameTest, FollowsLinksAsTheKernelDoes) {
  const std::string top = NewFolder();
  ASSERT_EQ(mkdir((top + "/d").c_str(), 0700), 0);
  ASSERT_EQ(mkdir((top + "/d/e").c_str(), 0700), 0);
  WriteFile(top + "/d/file", "");
  ASSERT_EQ(symlink("d/e", (top + "/link").c_str()), 0);
  ASSERT_EQ(symlink((top + "/link").c_str(), (top + "/twice").c_str()), 0);
  ASSERT_EQ(symlink("gone/x", (top + "/dangling").c_str()), 0);
  struct Case {
    const char* path;
    const char* want;
    const char* lexical;
  };
  const Case cases[] = {
      {"/d/file", "/d/file", "/d/file"},
      {"//d/./file", "/d/file", "/d/file"},
      {"/link", "/d/e", "/link"},
      {"/link/", "/d/e", "/link"},
      {"/twice/x", "/d/e/x", "/twice/x"},
      {"/link/../file", "/d/file", "/file"},
      {"/dangling", "/gone/x", "/dangling"},
      {"/dangling/y", "/gone/x/y", "/dangling/y"},
      {"/none/y", "/none/y", "/none/y"},
      {"/d/file/x", "/d/file/x", "/d/file/x"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.path);
    const absl::StatusOr<std::string> name = RealName(top + c.path);
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(*name, top + c.want);
    EXPECT_EQ(LexicalName(top + c.path), top + c.lexical);
    char* const real = realpath((top + c.path).c_str(), nullptr);
    if (real != nullptr) {
      EXPECT_EQ(*name, real);
    }
    free(real);
  }
  EXPECT_EQ(*RealName("/.."), "/");
  EXPECT_EQ(LexicalName("/../.."), "/");
}

TEST(RealNameTest, GivesUpOnLoops) {
  const std::string top = NewFolder();
  ASSERT_EQ(symlink("b", (top + "/a").c_str()), 0);
  ASSERT_EQ(symlink("a", (top + "/b").c_str()), 0);
  EXPECT_FALSE(RealName(top + "/a").ok());
}

}  // namespace
}  // namespace cli
}  // namespace postern
