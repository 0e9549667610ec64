#include "fs/preorder.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/amount.h"

namespace postern {
namespace fs {
namespace {

std::vector<std::string> Sorted(const std::vector<std::string>& paths) {
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < paths.size(); ++i) numbers.push_back(i);
  SortInPreorder([&](uint32_t i) { return absl::string_view(paths[i]); },
                 &numbers);
  std::vector<std::string> sorted;
  for (uint32_t number : numbers) sorted.push_back(paths[number]);
  return sorted;
}

// Component by component.
std::vector<std::string> NaiveSorted(const std::vector<std::string>& paths) {
  std::vector<std::vector<std::string>> split;
  for (const std::string& path : paths) {
    split.push_back(absl::StrSplit(path, '/'));
  }
  std::sort(split.begin(), split.end());
  std::vector<std::string> sorted;
  for (const auto& components : split) {
    sorted.push_back(absl::StrJoin(components, "/"));
  }
  return sorted;
}

TEST(PreorderTest, ParentsComeFirstAndSiblingsApart) {
  const std::vector<std::string> sorted = {
      "",           "/a",        "/a/b",        "/a/b/c",
      "/a/c",       "/a\x01",    "/a b",        "/a!",
      "/a-b/c",     "/a.b",      "/a0",         "/ab",
      "/ab/",       "/abcdefgh", "/abcdefgh/i", "/abcdefgh.i",
      "/abcdefghi", "/b",        "/b\x7f",      "/b\xff"};
  std::vector<std::string> paths = sorted;
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) {
    std::shuffle(paths.begin(), paths.end(), random);
    ASSERT_EQ(Sorted(paths), sorted);
  }
}

TEST(PreorderTest, AgreesWithComponentsOneByOne) {
  const std::string kNames[] = {"a",    "b",       "ab",   "a.b",
                                "a-",   "lib",     "\xff", "x86_64-linux-gnu",
                                "\x01", "abcdefgh"};
  std::mt19937_64 random(2);
  const int64_t cases = testing::AmountOf({3000, 300, 100000});
  for (int64_t i = 0; i < cases; ++i) {
    std::vector<std::string> paths;
    for (uint64_t n = random() % 60; n > 0; --n) {
      std::string path = random() % 3 == 0 ? "/usr/share/games" : "";
      for (uint64_t k = random() % 6; k > 0; --k) {
        path += "/" + kNames[random() % 10];
      }
      paths.push_back(std::move(path));
    }
    ASSERT_EQ(Sorted(paths), NaiveSorted(paths));
  }
}

TEST(PreorderTest, SortsNoneAndOne) {
  EXPECT_EQ(Sorted({}), std::vector<std::string>());
  EXPECT_EQ(Sorted({"/a"}), std::vector<std::string>({"/a"}));
}

}  // namespace
}  // namespace fs
}  // namespace postern
