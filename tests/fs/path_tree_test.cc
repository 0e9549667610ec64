#include "fs/path_tree.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "gtest/gtest.h"
#include "tests/amount.h"

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
  void OnBelow(uint32_t) override {}
  void OnGuess() override {}
  SetIds sets;
};

// Every set whose pattern matches, put together from all that Match() tells.
SetIds MatchedSets(const PathTree& tree, const std::string& path) {
  AnyPathComponents components;
  EXPECT_TRUE(components.Split("", path));
  Collector collector;
  const PathTree::Place place = tree.Match(components, &collector);
  Collector at_path_alone;
  tree.MatchWildcards(components, place.node, &at_path_alone);
  EXPECT_EQ(at_path_alone.sets, collector.sets) << path;
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

// The set of a node that has one has the node's number.
void ExpectNumberedByNode(const PathTree& tree) {
  for (PathTree::NodeId node = 0; node < tree.spine_count(); ++node) {
    if (!tree.HasOneSet(node)) continue;
    EXPECT_EQ(
        tree.has_node_set(node) ? tree.node_set(node) : tree.subtree_set(node),
        node);
  }
}

// Builds it, every second time numbered by node: `added` has its sets then.
PathTree BuildSome(
    size_t time, PathTree::Builder builder,
    std::vector<std::pair<PathPattern, PathTree::SetId>>* added) {
  if (time % 2 == 0) return builder.Build();
  std::vector<PathTree::SetId> numbers;
  PathTree tree = builder.BuildByNode(&numbers);
  SetIds seen;
  for (const PathTree::SetId number : numbers) {
    EXPECT_LT(number, tree.set_count());
    EXPECT_TRUE(seen.insert(number).second) << "two have " << number;
  }
  for (auto& pattern : *added) pattern.second = numbers[pattern.second];
  ExpectNumberedByNode(tree);
  return tree;
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
    const PathTree tree = BuildSome(i, std::move(builder), &added);
    for (int j = 0; j < 50; ++j) {
      const std::string path = RandomPath(&random);
      AnyPathComponents components;
      ASSERT_TRUE(components.Split("", path));
      SetIds want;
      for (const auto& pattern : added) {
        if (pattern.first.Matches(components)) {
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
  CompareWithOneByOne(
      static_cast<size_t>(testing::AmountOf({2000, 500, 20000})), 8, 20220623);
}

TEST(PathTreeTest, AgreesWithMatchingOneByOneWhenManyAreAlive) {
  CompareWithOneByOne(static_cast<size_t>(testing::AmountOf({20, 4, 200})),
                      1500, 4711);
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

// Many names with long beginnings in common, asked for at, above, beside and
// far below.
// A pattern that matches at each component is worth telling once: what is told
// has to be compared.
TEST(PathTreeTest, TellsOfASubtreeOnce) {
  class Counter final : public PathTree::Visitor {
   public:
    void OnMatch(PathTree::SetId, bool) override { ++told; }
    void OnBelow(uint32_t) override {}
    void OnGuess() override {}
    size_t told = 0;
  };
  PathTree::Builder builder;
  std::string pattern = "/**";
  constexpr size_t kSets = 60;
  for (size_t i = 0; i < kSets; ++i) {
    pattern += "/a";
    builder.Add(Parse(pattern + "/**")[0]);
  }
  const PathTree tree = builder.Build();
  std::string path;
  for (int i = 0; i < 500; ++i) path += "/a";
  AnyPathComponents components;
  ASSERT_TRUE(components.Split("", path));
  Counter counter;
  tree.Match(components, &counter);
  EXPECT_EQ(counter.told, kSets);
}

TEST(PathTreeTest, FindsTheDeepestNodeAndWhatLiesBelow) {
  std::mt19937_64 random(20240229);
  const auto path = [&](size_t most) {
    std::string text;
    const size_t names = random() % (most + 1);
    for (size_t i = 0; i < names; ++i) {
      absl::StrAppend(&text, "/", random() % 3 == 0 ? "a-long-name-" : "n",
                      random() % 3);
    }
    return text.empty() ? std::string("/") : text;
  };
  for (const size_t size : {1, 4, 6, 7, 30, 3000}) {
    PathTree::Builder builder;
    std::map<std::string, PathTree::SetId> added;
    for (size_t i = 0; i < size; ++i) {
      const std::string name = path(9);
      const PathTree::SetId set = builder.Add(Parse(name)[0]);
      EXPECT_EQ(added.emplace(name, set).first->second, set)
          << "twice " << name;
    }
    const PathTree tree = builder.Build();
    const int64_t queries = testing::AmountOf({600, 100, 6000});
    for (int64_t i = 0; i < queries; ++i) {
      const std::string name = path(40);
      AnyPathComponents components;
      ASSERT_TRUE(components.Split("", name));
      PathTree::SetId want = PathTree::kNone;
      size_t depth = 0, below = 0;
      for (const auto& entry : added) {
        const std::string prefix = entry.first == "/" ? "" : entry.first;
        const size_t names =
            static_cast<size_t>(std::count(prefix.begin(), prefix.end(), '/'));
        if ((name + "/").substr(0, prefix.size() + 1) == prefix + "/" &&
            (want == PathTree::kNone || names > depth)) {
          want = entry.second;
          depth = names;
        }
        below += absl::StartsWith(prefix, name == "/" ? "/" : name + "/");
      }
      const PathTree::Place place = tree.Find(components);
      ASSERT_EQ(tree.subtree_set(place.node), want) << name;
      ASSERT_EQ(tree.depth(place.node), depth) << name;
      ASSERT_EQ(place.exact, depth == components.size()) << name;
      const PathTree::Interval interval = tree.SpineBelow(components);
      ASSERT_EQ(interval.end - interval.begin, below) << name;
    }
  }
}

TEST(PathTreeTest, FindsNamesAmongAsManyComponentsAsThereCanBe) {
  std::string deep;
  while (deep.size() + 2 <= kMaxPathBytes) deep += "/a";
  PathTree::Builder builder;
  for (const char* name : {"/b", "/c", "/d", "/e", "/f", "/g", "/a/a"}) {
    builder.Add(Parse(name)[0]);
  }
  const PathTree::SetId set = builder.Add(Parse(deep)[0]);
  const PathTree tree = builder.Build();
  auto path = std::make_unique<AnyPathComponents>();
  ASSERT_TRUE(path->Split(deep, "a/a"));
  EXPECT_EQ(tree.subtree_set(tree.Find(*path).node), set);
  const std::string shorter = deep.substr(2);
  ASSERT_TRUE(path->Split("", shorter));
  EXPECT_EQ(tree.depth(tree.Find(*path).node), 2u);
}

TEST(PathTreeTest, NodesAreInPreorder) {
  PathTree::Builder builder;
  // "-" and "." are below "/" as bytes.
  for (const char* name : {"/a/b", "/a-b", "/a", "/a.b/c", "/a/b/c", "/b"}) {
    builder.Add(Parse(name)[0]);
  }
  const PathTree tree = builder.Build();
  ASSERT_EQ(tree.spine_count(), 7u);
  const std::vector<PathTree::NodeId> parents = {0, 1, 2, 0, 0, 0};
  for (size_t i = 0; i < parents.size(); ++i) {
    EXPECT_EQ(tree.parent(static_cast<PathTree::NodeId>(i + 1)), parents[i])
        << i;
  }
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
    AnyPathComponents path;
    ASSERT_TRUE(path.Split("", c.path));
    EXPECT_EQ(tree.AnyBoundaryBelow(path), c.want) << c.path;
  }
}

// All suffixes of up to three of these names.
std::vector<std::string> Suffixes() {
  std::vector<std::string> all = {""};
  for (size_t i = 0; i < 1 + 4 + 16; ++i) {
    for (const char* name : {"/a", "/b", "/ab", "/zz"}) {
      all.push_back(all[i] + name);
    }
  }
  all.erase(all.begin());
  return all;
}

// Sets that match `path`, other than of a pattern without a wildcard that
// matches `above` and all beneath.
SetIds SetsBelow(
    const std::vector<std::pair<PathPattern, PathTree::SetId>>& added,
    const std::string& path, const std::string& above) {
  AnyPathComponents components, above_components;
  EXPECT_TRUE(components.Split("", path));
  EXPECT_TRUE(above_components.Split("", above));
  SetIds sets;
  for (const auto& pattern : added) {
    const bool inherited = pattern.first.literal() && pattern.first.subtree &&
                           pattern.first.Matches(above_components);
    if (!inherited && pattern.first.Matches(components)) {
      sets.insert(pattern.second);
    }
  }
  return sets;
}

TEST(PathTreeTest, WhatIsTheSameBelowMatchesTheSame) {
  std::mt19937_64 random(20220623);
  const std::vector<std::string> suffixes = Suffixes();
  int same = 0, same_by_wildcard = 0, cases = 0;
  const int64_t trees = testing::AmountOf({3000, 700, 30000});
  for (int64_t i = 0; i < trees; ++i) {
    PathTree::Builder builder;
    std::vector<std::pair<PathPattern, PathTree::SetId>> added;
    for (uint64_t j = random() % 5; j > 0; --j) {
      for (const PathPattern& pattern : Parse(RandomPattern(&random))) {
        added.push_back({pattern, builder.Add(pattern)});
      }
    }
    const PathTree tree = builder.Build();
    for (int j = 0; j < 10; ++j, ++cases) {
      const std::string a = RandomPath(&random), b = RandomPath(&random);
      AnyPathComponents a_components, b_components;
      ASSERT_TRUE(a_components.Split("", a) && b_components.Split("", b));
      EXPECT_TRUE(tree.SameBelow(a_components, a_components));
      if (!tree.SameBelow(a_components, b_components)) continue;
      ++same;
      const bool wildcard = tree.AnyWildcardBelow(a_components);
      EXPECT_EQ(wildcard, tree.AnyWildcardBelow(b_components));
      same_by_wildcard += wildcard;
      for (const std::string& suffix : suffixes) {
        const SetIds at_a = SetsBelow(added, a + suffix, a);
        const SetIds at_b = SetsBelow(added, b + suffix, b);
        ASSERT_EQ(at_a, at_b) << a << " and " << b << ", below " << suffix;
        ASSERT_TRUE(wildcard || a == b || at_a.empty()) << a << suffix;
      }
    }
  }
  EXPECT_GT(same, cases / 5);
  EXPECT_GT(same_by_wildcard, cases / 50);
}

TEST(PathTreeTest, WhatLiesBelowIsTheSameOrNot) {
  PathTree::Builder builder;
  for (const char* text :
       {"/a/b/c", "/d/*/e", "/**/g/**", "/h/*/**", "exact:/i/*.c", "/d/x"}) {
    builder.Add(Parse(text)[0]);
  }
  const PathTree tree = builder.Build();
  struct Case {
    const char* a;
    const char* b;
    bool want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"/k", "/l/m", true, "no pattern but the one that is everywhere"},
      {"/a", "/k", false, "b/c lies below"},
      {"/a/b", "/a", false, "c here, b/c there"},
      {"/a/b", "/a/b", true, "the same name"},
      {"/a/b/c", "/a/x", true, "a subtree's top has no boundary below"},
      {"/d/x", "/d/y", true, "e below both"},
      {"/d/x", "/k", false, "e below one"},
      {"/d/x/e", "/d/x/f", true, "without \"/**\" it is matched alone"},
      {"/h/x", "/h/y/z", true, "both matched whole"},
      {"/h/x", "/k", false, "one matched whole"},
      {"/g", "/k/g/z", true, "both matched whole"},
      {"/i/x.c", "/i/y", true, "a match of the top alone"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.a, " and ", c.b, ": ", c.why));
    AnyPathComponents a, b;
    ASSERT_TRUE(a.Split("", c.a) && b.Split("", c.b));
    EXPECT_EQ(tree.SameBelow(a, b), c.want);
    EXPECT_EQ(tree.SameBelow(b, a), c.want);
  }
}

TEST(PathTreeTest, NothingIsKnownToBeTheSameWhenTheAutomatonIsFull) {
  PathTree::Builder builder;
  for (int i = 0; i < 300; ++i) {
    builder.Add(Parse(absl::StrCat("/?/**/", i, "/**/*/end"))[0]);
  }
  const PathTree tree = builder.Build();
  std::string path = "/x";
  for (int i = 0; i < 300; ++i) absl::StrAppend(&path, "/", i);
  AnyPathComponents full, empty;
  ASSERT_TRUE(full.Split("", path) && empty.Split("", "/x"));
  EXPECT_FALSE(tree.SameBelow(full, full));
  EXPECT_TRUE(tree.SameBelow(empty, empty));
}

TEST(PathTreeTest, FindsPatternsByTheirLiteralBeginning) {
  std::mt19937_64 random(4711);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    PathTree::Builder builder;
    std::vector<std::pair<PathPattern, PathTree::SetId>> added;
    for (int j = 0; j < 8; ++j) {
      for (const PathPattern& pattern : Parse(RandomPattern(&random))) {
        added.push_back({pattern, builder.Add(pattern)});
      }
    }
    const PathTree tree = builder.Build();
    for (int j = 0; j < 10; ++j) {
      const std::string path = RandomPath(&random);
      const size_t literals = random() % 4;
      AnyPathComponents components;
      ASSERT_TRUE(components.Split("", path));
      SetIds want, got;
      for (const auto& pattern : added) {
        size_t begin = 0;
        for (const PatternComponent& component : pattern.first.components) {
          if (component.kind != PatternComponent::Kind::kLiteral) break;
          ++begin;
        }
        if (begin >= literals && pattern.first.Matches(components)) {
          want.insert(pattern.second);
        }
      }
      tree.FindNamed(components, literals,
                     [&](PathTree::SetId set) { got.insert(set); });
      ASSERT_EQ(got, want) << path << " from " << literals;
      found += !want.empty() && literals > 0;
    }
  }
  EXPECT_GT(found, 500);
}

TEST(PathTreeTest, AFullTreeTakesNoMore) {
  EXPECT_EQ(PathTree::Builder::kMaxNodes, 16777216u);
  PathTree::Builder builder(nullptr, 2);  // the root and one more
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
