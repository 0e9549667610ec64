#include "fs/path_tree.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

using SetIds = std::set<PathTree::SetId>;

std::vector<PathPattern> Parse(const std::string& text) {
  absl::StatusOr<std::vector<PathPattern>> patterns =
      ParsePathPattern(text, {});
  EXPECT_TRUE(patterns.ok()) << patterns.status();
  return *patterns;
}

class Collector final : public PathTree::Visitor {
 public:
  void OnMatch(PathTree::SetId set, bool) override { sets.insert(set); }
  void OnBelow(PathTree::NodeId) override {}
  SetIds sets;
};

// Every set whose pattern matches, put together from all that Match() tells.
SetIds MatchedSets(const PathTree& tree, const std::string& path) {
  PathComponents components;
  EXPECT_TRUE(components.Split("", path));
  Collector collector;
  const PathTree::Place place = tree.Match(components.get(), &collector);
  if (place.exact && tree.node_set(place.node) != PathTree::kNone) {
    collector.sets.insert(tree.node_set(place.node));
  }
  for (PathTree::NodeId node = place.node; node != PathTree::kNone;
       node = tree.parent(node)) {
    if (tree.subtree_set(node) != PathTree::kNone) {
      collector.sets.insert(tree.subtree_set(node));
    }
  }
  return collector.sets;
}

std::string RandomPattern(std::mt19937_64* random) {
  static constexpr const char* kNames[] = {"a", "b",  "ab", "a*", "*",
                                           "?", "**", "a",  "b",  "*b"};
  std::string text = (*random)() % 5 == 0 ? "exact:" : "";
  const size_t length = 1 + (*random)() % 4;
  for (size_t i = 0; i < length; ++i) {
    absl::StrAppend(&text, "/", kNames[(*random)() % 10]);
  }
  return text;
}

std::string RandomPath(std::mt19937_64* random) {
  static constexpr const char* kNames[] = {"a", "b", "ab", "ba", "bb"};
  std::string path = "/";
  const size_t length = (*random)() % 6;
  for (size_t i = 0; i < length; ++i) {
    absl::StrAppend(&path, i == 0 ? "" : "/", kNames[(*random)() % 5]);
  }
  return path;
}

// `patterns` patterns in each tree against matching them one by one.
void CompareWithOneByOne(size_t trees, size_t patterns, uint64_t seed) {
  std::mt19937_64 random(seed);
  size_t matches = 0;
  for (size_t i = 0; i < trees; ++i) {
    PathTree::Builder builder;
    std::vector<std::pair<PathPattern, PathTree::SetId>> added;
    for (size_t j = 0; j < patterns; ++j) {
      for (const PathPattern& pattern : Parse(RandomPattern(&random))) {
        added.push_back({pattern, builder.Add(pattern)});
      }
    }
    const PathTree tree = builder.Build();
    for (int j = 0; j < 50; ++j) {
      const std::string path = RandomPath(&random);
      PathComponents components;
      ASSERT_TRUE(components.Split("", path));
      SetIds want;
      for (const auto& pattern : added) {
        if (pattern.first.Matches(components.get())) {
          want.insert(pattern.second);
        }
      }
      matches += want.size();
      ASSERT_EQ(MatchedSets(tree, path), want)
          << "seed " << seed << ", tree " << i << ", path " << path;
    }
  }
  EXPECT_GT(matches, trees) << "the cases never collide";
}

TEST(PathTreeTest, AgreesWithMatchingOneByOne) {
  CompareWithOneByOne(2000, 8, 20220623);
}

TEST(PathTreeTest, AgreesWithMatchingOneByOneWhenManyAreAlive) {
  CompareWithOneByOne(20, 1500, 4711);
}

TEST(PathTreeTest, FallsBackWhenTheAutomatonIsFull) {
  PathTree::Builder builder;
  // 300 different patterns that are all alive after the first component.
  for (int i = 0; i < 300; ++i) {
    builder.Add(Parse(absl::StrCat("/?/**/", i, "/**/*/end"))[0]);
  }
  const PathTree tree = builder.Build();
  std::string path = "/x";
  for (int i = 0; i < 300; ++i) absl::StrAppend(&path, "/", i);
  EXPECT_EQ(MatchedSets(tree, path + "/end").size(), 299u)
      << "all but the one whose name comes right before the end";
}

TEST(PathTreeTest, KnowsWhetherABoundaryLiesBelow) {
  PathTree::Builder builder;
  for (const char* text : {"/a/b/c", "/d/*/e", "/f/**/g"}) {
    builder.Add(Parse(text)[0]);
  }
  const PathTree tree = builder.Build();
  struct Case {
    const char* path;
    bool want;
  };
  constexpr Case kCases[] = {
      {"/", true},
      {"/a", true},
      {"/a/b", true},
      {"/a/b/c", false},
      {"/a/x", false},
      {"/d", true},
      {"/d/x", true},
      {"/d/x/e", false},
      {"/d/x/y", false},
      {"/f", true},
      {"/f/x/y", true},
      {"/f/x/g", true},  // "**" may take this g and stop at a later one
      {"/z", false},
  };
  for (const Case& c : kCases) {
    PathComponents path;
    ASSERT_TRUE(path.Split("", c.path));
    EXPECT_EQ(tree.AnyBoundaryBelow(path.get()), c.want) << c.path;
  }
}

TEST(PathTreeTest, AFullTreeTakesNoMore) {
  PathTree::Builder builder(3);  // the root and two more
  EXPECT_NE(builder.Add(Parse("/a/b")[0]), PathTree::kNone);
  EXPECT_EQ(builder.Add(Parse("/a/c")[0]), PathTree::kNone);
  EXPECT_EQ(builder.Add(Parse("/a/*")[0]), PathTree::kNone);
  EXPECT_NE(builder.Add(Parse("exact:/a/b")[0]), PathTree::kNone);
}

TEST(PathTreeTest, EqualPatternsShareASet) {
  PathTree::Builder builder;
  const PathTree::SetId set = builder.Add(Parse("/a/b")[0]);
  EXPECT_EQ(builder.Add(Parse("//a/./b/**")[0]), set);
  EXPECT_NE(builder.Add(Parse("exact:/a/b")[0]), set);
}

TEST(PathTreeTest, AnEmptyTreeMatchesNothing) {
  EXPECT_TRUE(MatchedSets(PathTree(), "/").empty());
  EXPECT_TRUE(MatchedSets(PathTree(), "/a/b").empty());
}

}  // namespace
}  // namespace fs
}  // namespace postern
