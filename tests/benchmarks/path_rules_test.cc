#include "benchmarks/workload/path_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/workload/baselines.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/governing_rules.h"
#include "benchmarks/workload/normal_path.h"
#include "benchmarks/workload/path_queries.h"
#include "gtest/gtest.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kSeed = 7;
constexpr size_t kQueryBytes = 200000;

// A made-up tree, which is the same on every machine.
const FileTree& Tree() {
  static const FileTree* const tree = new FileTree(MadeUpFileTree(kSeed));
  return *tree;
}

template <typename Predicate>
size_t Count(const std::vector<PathRule>& rules, Predicate predicate) {
  return static_cast<size_t>(
      std::count_if(rules.begin(), rules.end(), predicate));
}

bool IsSubtree(const PathRule& rule) { return rule.subtree && !rule.deny; }
bool IsFile(const PathRule& rule) { return !rule.subtree; }
bool IsDeny(const PathRule& rule) { return rule.deny; }
bool IsWildcard(const PathRule& rule) { return rule.wildcard; }

TEST(PathRulesTest, SharesAreAsDesigned) {
  for (Mix mix : {Mix::kLiteral, Mix::kHundredth, Mix::kMixed, Mix::kHalf}) {
    const size_t period = WildcardPeriod(mix);
    for (size_t count : {100, 1000}) {
      SCOPED_TRACE(absl::StrCat(MixName(mix), " ", count));
      const auto rules = MakePathRules(Tree(), mix, count, kSeed);
      EXPECT_EQ(rules.size(), count);
      EXPECT_EQ(Count(rules, IsSubtree), count * 40 / 100);
      EXPECT_EQ(Count(rules, IsFile), count * 55 / 100);
      EXPECT_EQ(Count(rules, IsDeny), count * 5 / 100);
      EXPECT_EQ(Count(rules, IsWildcard), period == 0 ? 0 : count / period);
    }
  }
}

TEST(PathRulesTest, RulesDifferAndRepeatWithTheSeed) {
  const auto rules = MakePathRules(Tree(), Mix::kMixed, 10000, kSeed);
  const auto again = MakePathRules(Tree(), Mix::kMixed, 10000, kSeed);
  std::set<std::string> patterns;
  for (size_t i = 0; i < rules.size(); ++i) {
    patterns.insert(rules[i].pattern);
    ASSERT_EQ(rules[i].pattern, again[i].pattern);
  }
  EXPECT_EQ(patterns.size(), rules.size());
}

TEST(PathRulesTest, ExamplesMatchAndFilesHaveTheLengthOfQueries) {
  for (const PathRule& rule :
       MakePathRules(Tree(), Mix::kMixed, 10000, kSeed)) {
    EXPECT_TRUE(RuleMatches(rule, rule.example)) << rule.pattern;
    EXPECT_TRUE(rule.subtree || HasQueryLength(rule.example)) << rule.example;
  }
}

TEST(PathRulesTest, DeniesLieBelowGrantedDirectories) {
  const auto rules = MakePathRules(Tree(), Mix::kLiteral, 1000, kSeed);
  for (const PathRule& deny : rules) {
    if (!deny.deny) continue;
    EXPECT_GT(Count(rules,
                    [&](const PathRule& rule) {
                      return IsSubtree(rule) &&
                             IsAtOrBelow(deny.pattern, rule.pattern);
                    }),
              0u)
        << deny.pattern;
  }
}

TEST(PathQueriesTest, HalfHitAndEveryFifthNeedsNormalisation) {
  for (Mix mix : {Mix::kLiteral, Mix::kMixed}) {
    for (size_t count : {1, 100, 10000}) {
      SCOPED_TRACE(count);
      const auto rules = MakePathRules(Tree(), mix, count, kSeed);
      const GoverningRules governing(rules);
      const HashedAncestors map(governing);
      const auto governed = [&](const std::string& path) {
        return map.Find(path).matched();
      };
      const auto paths =
          MakePathQueries(Tree(), rules, governed, kQueryBytes, kSeed);
      double hits = 0, spelt = 0, bytes = 0;
      for (const std::string& path : paths) {
        const NormalPath normal(path);
        hits += governed(std::string(normal.get()));
        spelt += normal.get() != path;
        bytes += static_cast<double>(path.size());
        EXPECT_TRUE(HasQueryLength(path)) << path;
      }
      const double all = static_cast<double>(paths.size());
      EXPECT_NEAR(hits / all, 0.5, 0.01);
      EXPECT_NEAR(spelt / all, 0.2, 0.01);
      EXPECT_GE(bytes, kQueryBytes);
    }
  }
}

TEST(BaselinesTest, AgreeOnEveryMix) {
  for (Mix mix : {Mix::kLiteral, Mix::kHundredth, Mix::kMixed, Mix::kHalf}) {
    SCOPED_TRACE(MixName(mix));
    const auto rules = MakePathRules(Tree(), mix, 300, kSeed);
    const GoverningRules governing(rules);
    const HashedAncestors map(governing);
    const SortedNames sorted(governing);
    const LinearScan linear(rules);
    const FastLinearScan fast(rules);
    const RegexSet regexes(rules);
    const auto governed = [&](const std::string& path) {
      return map.Find(path).matched();
    };
    for (const std::string& path :
         MakePathQueries(Tree(), rules, governed, kQueryBytes / 10, kSeed)) {
      const bool want = linear.Allows(path);
      EXPECT_EQ(fast.Allows(path), want) << path;
      EXPECT_EQ(map.Allows(path), want) << path;
      EXPECT_EQ(sorted.Allows(path), want) << path;
      EXPECT_EQ(regexes.Allows(path), want) << path;
    }
  }
}

TEST(FileTreeTest, MadeUpTreeIsOfTheSizeOfAnInstalledOne) {
  EXPECT_GT(Tree().files.size(), 50000u);
  EXPECT_GT(Tree().directories.size(), 5000u);
}

TEST(NormalPathTest, IsTheNormalForm) {
  const struct {
    const char *path, *want;
  } kCases[] = {
      {"/", ""},
      {"/a", "/a"},
      {"/a/", "/a"},
      {"//a//b", "/a/b"},
      {"/a/./b/.", "/a/b"},
      {"/a/../b", "/b"},
      {"/../../a", "/a"},
      {"/long/enough/for/words/../end", "/long/enough/for/end"},
      {"/long/enough/for/words/x/..", "/long/enough/for/words"},
      {"/long/.hidden/name..d/...", "/long/.hidden/name..d/..."},
  };
  for (const auto& c : kCases) EXPECT_EQ(NormalPath(c.path).get(), c.want);
}

TEST(ComponentLessTest, SlashComesFirst) {
  EXPECT_TRUE(ComponentLess("/a", "/a/b"));
  EXPECT_TRUE(ComponentLess("/a/b", "/a-b"));
  EXPECT_TRUE(ComponentLess("/a/b", "/a.b"));
  EXPECT_FALSE(ComponentLess("/a-b", "/a/b"));
  EXPECT_FALSE(ComponentLess("/a", "/a"));
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern
