// What a bound policy knows of the files that it denies (attack row 27).

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/path_binding.h"
#include "tests/permission/path_binding_fixture.h"
#include "tests/permission/policy_fixture.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Permission kRead = Permission::kFsRead;
constexpr Effect kAllow = Effect::kAllow;
constexpr Effect kAsk = Effect::kAsk;
constexpr Effect kDeny = Effect::kDeny;

using testing::RuleRow;

class DeniedFileFinderTest : public testing::PathBindingTest {};

TEST_F(DeniedFileFinderTest, DeniedFilesAreKnownByIdentity) {
  tree_.Dir("@/usr/bin/deep");
  tree_.File("@/usr/bin/deep/f");
  tree_.HardLink("@/usr/bin/deep/f", "@/data/alias");
  tree_.HardLink("@/usr/bin/ls", "@/usr/bin/ls2");
  const struct {
    const char* rule;
    const char* file;
    std::vector<std::string> names;
    const char* why;
  } kCases[] = {
      {"@/usr/bin/secret", "@/usr/bin/secret", {"@/usr/bin/secret"}, "a file"},
      {"@/usr/bin", "@/data/alias", {"@/usr/bin/deep/f"}, "beneath, by alias"},
      {"@/bin/deep", "@/data/alias", {"@/usr/bin/deep/f"}, "behind a link"},
      {"@/usr/bin/deep", "@/usr/bin/ls", {}, "not beneath"},
      {"exact:@/usr/bin/deep", "@/data/alias", {}, "the directory alone"},
      {"exact:@/usr/bin/deep",
       "@/usr/bin/deep",
       {"@/usr/bin/deep"},
       "a directory"},
      {"@/usr", "@/usr/bin/deep", {"@/usr/bin/deep"}, "one beneath"},
      {"exact:@/*/bin/d*",
       "@/usr/bin/deep",
       {"@/usr/bin/deep"},
       "one that a wildcard matches"},
      {"exact:@/usr/bin/deep/*", "@/usr/bin/deep", {}, "what is in it alone"},
      {"exact:@/usr/bin/ls", "@/usr/bin/ls2", {"@/usr/bin/ls"}, "one of two"},
      {"exact:@/*/bin/s*",
       "@/usr/bin/secret",
       {"@/usr/bin/secret"},
       "wildcard"},
      {"exact:@/*/bin/s*", "@/usr/bin/ls", {}, "not matched"},
      {"@/**/deep/**", "@/data/alias", {"@/usr/bin/deep/f"}, "any depth"},
      {"@/usr/bin", "@/bin", {}, "links are not followed"},
      {"@/none", "@/usr/bin/ls", {}, "nothing there"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rule, " vs ", c.file, ": ", c.why));
    const auto policy = Bind({{kAllow, kRead, "@"}, {kDeny, kRead, c.rule}});
    const std::vector<std::string>* names =
        policy->binding()->FindDenied(tree_.Identity(c.file));
    EXPECT_FALSE(policy->binding()->guard_incomplete());
    EXPECT_THAT(policy->warnings(), IsEmpty());
    if (c.names.empty()) {
      EXPECT_EQ(names, nullptr);
    } else {
      ASSERT_NE(names, nullptr);
      EXPECT_THAT(*names, ElementsAre(tree_.At(c.names[0])));
    }
  }
  // Grants and questions are not guarded.
  EXPECT_EQ(Bind({{kAllow, kRead, "@/data"}, {kAsk, kRead, "@/usr"}})
                ->binding()
                ->guarded_files(),
            0u);
  // Two names that are both denied.
  const auto both = Bind({{kDeny, kRead, "@/usr"}});
  EXPECT_EQ(both->binding()->FindDenied(tree_.Identity("@/usr/bin/ls"))->size(),
            2u);
}

// What is denied beside it as a whole spares a walk; other patterns do not.
TEST_F(DeniedFileFinderTest, ADenialAboveSparesNoWalkUnlessItIsForAll) {
  tree_.Dir("@/usr/bin/deep");
  tree_.File("@/usr/bin/deep/f");
  tree_.HardLink("@/usr/bin/deep/f", "@/data/alias");
  for (const char* above :
       {"@/usr/*.d/**", "exact:@/usr", "exact:@/usr/bin", "@/usr/b?x/**",
        "@/usr/bin/**/x/**", "@/usr", "@/usr/bin"}) {
    SCOPED_TRACE(above);
    const auto policy =
        Bind({{kDeny, kRead, above}, {kDeny, kRead, "@/usr/bin/deep"}});
    EXPECT_FALSE(policy->binding()->guard_incomplete());
    const std::vector<std::string>* names =
        policy->binding()->FindDenied(tree_.Identity("@/data/alias"));
    ASSERT_NE(names, nullptr);
    EXPECT_THAT(*names, ElementsAre(tree_.At("@/usr/bin/deep/f")));
  }
}

// Its entries must not count twice against the bound.
TEST_F(DeniedFileFinderTest, AFolderInOneThatIsDeniedWholeIsWalkedOnce) {
  tree_.Dir("@/data/sub");
  tree_.File("@/data/sub/a");
  tree_.File("@/data/sub/b");
  PathBindingOptions options;
  options.max_guard_entries = 4;  // f, sub, a, b
  const auto incomplete = [&](std::vector<RuleRow> rows) {
    return Bind(rows, nullptr, options)->binding()->guard_incomplete();
  };
  const RuleRow whole = {kDeny, kRead, "@/data"};
  const RuleRow some = {kDeny, kRead, "exact:@/data/*x"};
  const RuleRow sub = {kDeny, kRead, "@/data/sub"};
  EXPECT_FALSE(incomplete({whole, some, sub}));
  EXPECT_FALSE(incomplete({some, sub, whole}));
}

TEST_F(DeniedFileFinderTest, TheFinderTriesSoManyPatternsAndSaysSo) {
  const char* const kThousand =
      "exact:@/data/*x{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}"
      "{0,1,2,3,4,5,6,7,8,9}";
  const char* const kRest = "exact:@/data/*y{a,b,c,d}{a,b,c,d,e,f}";
  EXPECT_FALSE(Bind({{kDeny, kRead, kThousand}, {kDeny, kRead, kRest}})
                   ->binding()
                   ->guard_incomplete());
  const auto policy = Bind({{kDeny, kRead, kThousand},
                            {kDeny, kRead, kRest},
                            {kDeny, kRead, "exact:@/data/*z"}});
  EXPECT_TRUE(policy->binding()->guard_incomplete());
  ASSERT_EQ(policy->warnings().size(), 1u);
  EXPECT_EQ(policy->warnings()[0].code, "guard-incomplete");
}

TEST_F(DeniedFileFinderTest, TheFinderIsBoundedAndSaysSo) {
  for (int i = 0; i < 5; ++i) tree_.File(absl::StrCat("@/data/n", i));
  const struct {
    size_t files;
    size_t entries;
    bool incomplete;
  } kCases[] = {{7, 6, false}, {6, 100, true}, {100, 5, true}, {0, 0, true}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.files, " files, ", c.entries, " entries"));
    const auto policy =
        Bind({{kDeny, kRead, "@/data"}}, nullptr, {{}, c.files, c.entries});
    EXPECT_EQ(policy->binding()->guard_incomplete(), c.incomplete);
    // The directory itself is no entry of it.
    EXPECT_EQ(policy->binding()->guarded_files(),
              std::min<size_t>(7, std::min(c.files, c.entries + 1)));
    ASSERT_EQ(policy->warnings().size(), c.incomplete ? 1u : 0u);
    if (c.incomplete) {
      EXPECT_EQ(policy->warnings()[0].code, "guard-incomplete");
      EXPECT_THAT(policy->warnings()[0].message,
                  HasSubstr(tree_.At("\"@/data\"")));
    }
  }
}

// Who fills a directory cannot push out what rules name elsewhere.
TEST_F(DeniedFileFinderTest, TheFinderKnowsWhatRulesNameBeforeWhatItFinds) {
  for (int i = 0; i < 5; ++i) tree_.Dir(absl::StrCat("@/data/n", i));
  const auto place = Bind(
      {{kDeny, kRead, "@/data/**/x/**"}, {kDeny, kRead, "exact:@/usr/new"}},
      nullptr, {{}, 1, 100});
  EXPECT_TRUE(place->binding()->guard_incomplete());
  const std::vector<std::string>* names =
      place->binding()->FindPlace(tree_.Identity("@/usr"));
  ASSERT_NE(names, nullptr);
  EXPECT_THAT(*names, ElementsAre(tree_.At("@/usr")));
  const auto file =
      Bind({{kDeny, kRead, "@/data"}, {kDeny, kRead, "exact:@/usr/bin/ls"}},
           nullptr, {{}, 2, 100});
  EXPECT_TRUE(file->binding()->guard_incomplete());
  EXPECT_NE(file->binding()->FindDenied(tree_.Identity("@/usr/bin/ls")),
            nullptr);
}

TEST_F(DeniedFileFinderTest, TheFinderSaysWhatItMayNotSee) {
  const std::string data = tree_.At("@/data");
  ASSERT_EQ(chmod(data.c_str(), 0400), 0);  // names, but nothing of them
  WithoutCapabilities([&] {
    EXPECT_TRUE(
        Bind({{kDeny, kRead, "@/data"}})->binding()->guard_incomplete());
  });
  ASSERT_EQ(chmod(data.c_str(), 0700), 0);
  WithoutCapabilities([&] {
    EXPECT_FALSE(
        Bind({{kDeny, kRead, "@/data"}})->binding()->guard_incomplete());
  });
}

// Folders that it sees afterwards do not make it complete again.
TEST_F(DeniedFileFinderTest, OneClosedFolderLeavesTheFinderIncomplete) {
  tree_.Dir("@/data/closed");
  for (int i = 0; i < 60; ++i) tree_.File(absl::StrCat("@/data/", i));
  const std::string closed = tree_.At("@/data/closed");
  ASSERT_EQ(chmod(closed.c_str(), 0), 0);
  WithoutCapabilities([&] {
    EXPECT_TRUE(
        Bind({{kDeny, kRead, "@/data"}})->binding()->guard_incomplete());
  });
  ASSERT_EQ(chmod(closed.c_str(), 0700), 0);
}

// What is gone has no other name to be reached by.
TEST_F(DeniedFileFinderTest, WhatGoesAwayMeanwhileIsNotMissed) {
  constexpr int kFiles = 1500;
  const auto name = [](int i) { return absl::StrCat("@/data/", i); };
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kFiles; ++i) tree_.File(name(i));
    std::thread remover([&] {
      for (int i = 0; i < kFiles; ++i) tree_.Remove(name(i));
    });
    const auto policy = Bind({{kDeny, kRead, "@/data"}});
    remover.join();
    EXPECT_FALSE(policy->binding()->guard_incomplete());
  }
}

TEST_F(DeniedFileFinderTest, DeepTreesAreWalkedUpToABound) {
  std::string name = "@/data";
  for (int i = 0; i < 80; ++i) {
    name += "/d";
    tree_.Dir(name);
    tree_.File(name + "/f");
  }
  const auto policy = Bind({{kDeny, kRead, "@/data"}});
  EXPECT_TRUE(policy->binding()->guard_incomplete());
  EXPECT_GT(policy->binding()->guarded_files(), 60u);
}

}  // namespace
}  // namespace postern
