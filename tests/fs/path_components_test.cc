#include "fs/path_components.h"

#include <memory>
#include <string>

#include "fs/path_pattern.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

TEST(PathComponentsTest, MakesNormalForm) {
  struct Case {
    const char* base;
    const char* path;
    const char* want;  // "" = refused
  };
  constexpr Case kCases[] = {
      {"", "/", "/"},
      {"", "/a/b", "/a/b"},
      {"", "//a///b//", "/a/b"},
      {"", "/./a/./b/.", "/a/b"},
      {"", "/a/../b", "/b"},
      {"", "/a/b/../../..", "/"},
      {"", "/../../a", "/a"},
      {"", "/..a/.../a..", "/..a/.../a.."},
      {"/base", "x", "/base/x"},
      {"/base/sub", "../x", "/base/x"},
      {"/base", "../../../x", "/x"},
      {"/base/./y/..", ".", "/base"},
      {"/base", "/x", "/x"},
      {"", "x", ""},
      {"", "", ""},
      {"base", "x", ""},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(NormalPath(c.base, c.path), c.want) << c.base << " + " << c.path;
  }
}

TEST(PathComponentsTest, RefusesWhatTheKernelCannotName) {
  EXPECT_EQ(NormalPath("", std::string("/a\0b", 4)), "");
  const std::string longest = "/" + std::string(kMaxPathBytes - 1, 'a');
  EXPECT_EQ(NormalPath("", longest), longest);
  EXPECT_EQ(NormalPath("", longest + "a"), "");
}

TEST(PathComponentsTest, HoldsTheMostComponentsThatTwoPathsCanHave) {
  std::string path;
  while (path.size() + 2 <= kMaxPathBytes) path += "/a";
  auto components = std::make_unique<PathComponents>();
  ASSERT_TRUE(components->Split(path, path.substr(1)));
  EXPECT_EQ(components->get().size(), kMaxPathBytes / 2 * 2);
}

}  // namespace
}  // namespace fs
}  // namespace postern
