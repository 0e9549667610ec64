#include "fs/path_components.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fs/prefix_hash.h"
#include "gtest/gtest.h"
#include "tests/amount.h"

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
  auto components = std::make_unique<AnyPathComponents>();
  ASSERT_TRUE(components->Split(path, path.substr(1)));
  EXPECT_EQ(components->size(), kMaxPathBytes / 2 * 2);
}

// The obvious way, name by name.
std::vector<std::string> NaiveNames(const std::string& path) {
  std::vector<std::string> names;
  std::string name;
  for (size_t i = 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/') {
      name += path[i];
      continue;
    }
    if (name == "..") {
      if (!names.empty()) names.pop_back();
    } else if (!name.empty() && name != ".") {
      names.push_back(name);
    }
    name.clear();
  }
  return names;
}

// Bytes around every length at which the pass over them changes its stride.
TEST(PathComponentsTest, AgreesWithReadingNameByName) {
  std::mt19937_64 random(1973);
  const auto text = [&](size_t size) {
    static constexpr char kBytes[] = "//..ab./cd...e/f";
    std::string bytes;
    const uint64_t plain = random() % 3;  // else few detours
    while (bytes.size() < size) {
      const char byte = kBytes[random() % 16];
      const bool detour = byte == '/' || byte == '.';
      bytes += detour && plain != 0 && random() % 4 != 0 ? 'x' : byte;
    }
    return bytes;
  };
  auto components = std::make_unique<AnyPathComponents>();
  int64_t normal = 0, cases = 0;
  const int64_t amount = testing::AmountOf({100000, 20000, 1000000});
  for (; cases < amount; ++cases) {
    const bool absolute = random() % 3 != 0;
    const std::string path = (absolute ? "/" : "y") + text(random() % 150);
    const std::string base = "/" + text(random() % 100);
    ASSERT_TRUE(components->Split(base, path)) << path;
    const std::string whole = absolute ? path : base + "/" + path;
    const std::vector<std::string> want = NaiveNames(whole);
    ASSERT_EQ(components->size(), want.size()) << whole;
    std::string joined;
    for (size_t i = 0; i < want.size(); ++i) {
      ASSERT_EQ((*components)[i], want[i]) << whole;
      joined += "/" + want[i];
      ASSERT_EQ(components->end(i + 1), joined.size()) << whole;
    }
    ASSERT_EQ(components->text(), joined) << whole;
    normal += joined == path;
    // What comes in place of the beginning leaves the rest.
    const size_t count = random() % (want.size() + 1);
    std::string replaced = random() % 4 == 0 ? "/" : "/p/qq";
    ASSERT_TRUE(components->ReplaceFirst(count, replaced));
    if (replaced == "/") replaced.clear();
    for (size_t i = count; i < want.size(); ++i) replaced += "/" + want[i];
    ASSERT_EQ(components->text(), replaced) << whole;
    ASSERT_EQ(components->size(), NaiveNames(replaced).size()) << replaced;
  }
  EXPECT_GT(normal, cases / 20) << "too few paths need no change";
}

TEST(PathComponentsTest, FindsANulByteWhereverItIs) {
  auto components = std::make_unique<AnyPathComponents>();
  for (size_t size = 1; size < 140; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string path(size, 'a');
      path[0] = '/';
      path[at] = '\0';
      ASSERT_FALSE(components->Split("/", path)) << size << ", " << at;
    }
  }
}

TEST(PathComponentsTest, ReplacesOnlyWhatFits) {
  auto components = std::make_unique<AnyPathComponents>();
  const std::string name(200, 'n');
  std::string path;
  while (path.size() + 201 < kMaxPathBytes) path += "/" + name;
  ASSERT_TRUE(components->Split("", path));
  EXPECT_FALSE(components->ReplaceFirst(0, "/" + name));
  EXPECT_EQ(components->text(), path) << "nothing changed";
  EXPECT_TRUE(components->ReplaceFirst(1, "/" + name));
}

// What fits into a short one is read as into the other.
TEST(PathComponentsTest, ShortPathComponentsAgreeOrRefuse) {
  std::mt19937_64 random(12);
  int fitting = 0, refused = 0;
  AnyPathComponents any;
  ShortPathComponents few;
  for (int i = 0; i < 20000; ++i) {
    const auto text = [&](size_t most) {
      std::string path = "/";
      const size_t size = random() % most + 1;
      while (path.size() < size) path += "ab/./"[random() % 5];
      return path;
    };
    const std::string base = text(200);
    const std::string path = text(270).substr(random() % 2);
    if (!ShortPathComponents::Fits(base, path)) {
      ++refused;
      const bool read = few.Split(base, path);
      ASSERT_TRUE(!read || few.text().size() < 256);
      continue;
    }
    ++fitting;
    ASSERT_EQ(few.Split(base, path), any.Split(base, path)) << base << path;
    if (path.empty()) continue;
    ASSERT_EQ(few.text(), any.text());
    ASSERT_EQ(few.size(), any.size());
    for (size_t n = 0; n <= any.size(); ++n) {
      ASSERT_EQ(few.hashes(7).At(few.end(n)),
                PrefixHashes::Of(7, any.text().substr(0, any.end(n))));
    }
  }
  EXPECT_GT(fitting, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(PathComponentsTest, ShortPathComponentsReplaceOnlyWhatTheyHaveRoomFor) {
  const std::string text = "/a/" + std::string(100, 'n');
  ShortPathComponents path;
  ASSERT_TRUE(path.Split("", text));
  EXPECT_FALSE(path.ReplaceFirst(1, "/" + std::string(154, 'b')));
  EXPECT_TRUE(path.ReplaceFirst(1, "/" + std::string(153, 'b')));
  EXPECT_EQ(path.text().size(), 255u);
  EXPECT_EQ(path.hashes(7).At(path.end(1)),
            PrefixHashes::Of(7, "/" + std::string(153, 'b')));
}

}  // namespace
}  // namespace fs
}  // namespace postern
