#include "fs/path_specificity.h"

#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

PathPattern Pattern(const char* text) {
  absl::StatusOr<std::vector<PathPattern>> patterns =
      ParsePathPattern(text, {});
  EXPECT_TRUE(patterns.ok()) << patterns.status();
  return (*patterns)[0];
}

TEST(PathSpecificityTest, OrdersPatternsForAPath) {
  struct Case {
    const char* more;
    const char* less;
    const char* path;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"/a/b", "/a", "/a/b/c", "a slash before an open end"},
      {"exact:/a", "/a", "/a", "end before open end"},
      {"/ab", "/a?", "/ab", "literal before one unit"},
      {"/a?", "/a*", "/ab", "one unit before a star"},
      {"/abc", "/ab*", "/abc", "the longer literal"},
      {"/a/**/c", "/a/**", "/a/b/c", "in the middle before at the end"},
      {"/a/**", "/a*/**", "/a", "literal's end before a star"},
      {"/*bc", "/*c", "/abc", "the star that takes less"},
      {"/*a*ab", "/*?ab", "/xaab", "what lies between stars does not overlap"},
      {"/**/b/c", "/**/c", "/a/b/c", "the open middle that takes less"},
      {"/**/b/*", "/**/*", "/a/b/c", "the open middle that takes less"},
      {"/**/b/**/c", "/**/x/**/c", "/a/b/x/y/c", "where both lie is told"},
      {"/**/b/**", "/**/x/**", "/a/b/x/y/c", "the same with an open end"},
  };
  for (const Case& c : kCases) {
    AnyPathComponents path;
    ASSERT_TRUE(path.Split("", c.path));
    EXPECT_GT(CompareSpecificity(Pattern(c.more), Pattern(c.less), path), 0)
        << c.more << " > " << c.less << ": " << c.why;
    EXPECT_LT(CompareSpecificity(Pattern(c.less), Pattern(c.more), path), 0)
        << c.more << " > " << c.less << ": " << c.why;
    EXPECT_EQ(CompareSpecificity(Pattern(c.more), Pattern(c.more), path), 0);
  }
}

// Leaves bytes where the next call has its variables.
ABSL_ATTRIBUTE_NOINLINE void SpoilTheStack() {
  volatile char bytes[16384];
  for (volatile char& byte : bytes) byte = 0x7f;
}

TEST(PathSpecificityTest, DependsOnNothingButPatternsAndPath) {
  AnyPathComponents path;
  ASSERT_TRUE(path.Split("", "/abc/b/abc"));
  const PathPattern more = Pattern("/*bc/**/*bc");
  const PathPattern less = Pattern("/*bc/**/*c");
  SpoilTheStack();
  EXPECT_GT(CompareSpecificity(more, less, path), 0);
  SpoilTheStack();
  EXPECT_LT(CompareSpecificity(less, more, path), 0);
}

// The best so far is compared with one pattern after the other.
TEST(PathSpecificityTest, EachPatternIsMeasuredOnce) {
  AnyPathComponents path;
  ASSERT_TRUE(path.Split("", "/a/b/a/b/a/b"));
  std::vector<PathPattern> patterns;
  for (int i = 0; i < 100; ++i) {
    patterns.push_back(Pattern(i % 2 == 0 ? "/**/a/**/b" : "/**/b/**/a/b"));
  }
  SpecificityOrder order(path);
  const PathPattern* best = &patterns[0];
  for (const PathPattern& one : patterns) {
    EXPECT_EQ(order.Compare(one, *best), CompareSpecificity(one, *best, path));
    if (order.Compare(one, *best) > 0) best = &one;
  }
  EXPECT_LE(order.measured(), patterns.size());
}

}  // namespace
}  // namespace fs
}  // namespace postern
