// Drops are indexed: compared with looking through all of them one by one, and
// what that costs is bounded.

#include "permission/internal/drop_set.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/path_binder.h"
#include "permission/internal/query.h"
#include "permission/layer.h"
#include "permission/testing/owned_access.h"
#include "permission/testing/random_policy.h"
#include "tests/permission/policy_fixture.h"
#include "tests/permission/temp_tree.h"

namespace postern {
namespace {

using internal::DropSet;
using internal::ParsedPattern;
using internal::Query;
using internal::QueryScope;
using testing::OwnedAccess;
using testing::RandomTheme;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kResolve = Permission::kNetResolve;

// Every drop that was made, looked through from the first.
class NaiveDrops {
 public:
  struct Found {
    bool whole = false;
    RulePattern text;
  };

  void Add(PermissionSet permissions, const RulePattern& pattern,
           const internal::PatternScope& scope) {
    auto parsed =
        internal::ParsePattern(Effect::kDeny, permissions, pattern, scope);
    if (!parsed.ok() || parsed->kind == ParsedPattern::Kind::kWhole) {
      whole_ = whole_ | permissions;
    } else {
      drops_.emplace_back(pattern, *std::move(parsed));
    }
  }
  absl::optional<Found> Find(const Query& query) const {
    const Permission permission = query.access().permission();
    if (whole_.Contains(permission)) return Found{true, RulePattern::Whole()};
    if (LooksUp(query)) {
      if (whole_.Contains(kResolve)) return Found{true, RulePattern::Whole()};
      const auto found = FindIn(kResolve, query);
      if (found.has_value()) return found;
    }
    return FindIn(permission, query);
  }

 private:
  absl::optional<Found> FindIn(Permission permission,
                               const Query& query) const {
    for (const auto& drop : drops_) {
      if (drop.second.permissions.Contains(permission) &&
          drop.second.MayMatchWithin(query)) {
        return Found{false, drop.first};
      }
    }
    return absl::nullopt;
  }

  PermissionSet whole_;
  std::vector<std::pair<RulePattern, ParsedPattern>> drops_;
};

struct Tally {
  int compared = 0;
  int found = 0;
  int named = 0;  // by a drop of some pattern
};

void Compare(const DropSet& drops, const NaiveDrops& naive, const Query& query,
             Tally* tally) {
  if (query.invalid() != Reason::kNone) return;
  const absl::optional<uint32_t> found = drops.Find(query);
  const absl::optional<NaiveDrops::Found> want = naive.Find(query);
  ++tally->compared;
  ASSERT_EQ(found.has_value(), want.has_value());
  if (query.access().form() == Access::Form::kPath) {
    EXPECT_EQ(drops.FindPath(query.access().permission(), query.path()), found);
  }
  if (!found.has_value()) return;
  ++tally->found;
  ASSERT_EQ(*found == Decision::kNoRule, want->whole);
  if (want->whole) return;
  ++tally->named;
  const RulePattern* const text = drops.FindPattern(*found);
  ASSERT_NE(text, nullptr);
  // The first one, whatever is indexed by then.
  EXPECT_EQ(text->ToString(), want->text.ToString());
}

// Compares for the access, for what lies beneath it, and for all there is.
void CompareAround(const DropSet& drops, const NaiveDrops& naive,
                   const OwnedAccess& access, const QueryScope& scope,
                   Tally* tally) {
  SCOPED_TRACE(access.ToString());
  access.View([&](const Access& one) {
    Compare(drops, naive, internal::AnyQuery(one, scope), tally);
    Compare(drops, naive,
            internal::AnyQuery(Access::Whole(one.permission()), scope), tally);
    if (one.form() != Access::Form::kPath) return;
    const Access subtree = Access::Subtree(one.permission(), one.text());
    Compare(drops, naive, internal::AnyQuery(subtree, scope), tally);
  });
}

// What cannot be read drops everything, after which there is little to tell.
bool IsWorthDropping(const Rule& rule, const internal::PatternScope& scope,
                     testing::RandomPolicy* random) {
  return random->OneIn(300) ||
         (rule.pattern.kind() != RulePattern::Kind::kWhole &&
          internal::ParsePattern(Effect::kDeny, rule.permissions, rule.pattern,
                                 scope)
              .ok());
}

void CompareOne(RandomTheme theme, testing::RandomPolicy* random,
                Tally* tally) {
  const testing::RandomStack stack = random->NextStack(theme);
  const auto base = internal::ParseBaseDirectory(stack.spec.base_directory);
  ASSERT_TRUE(base.ok());
  const internal::PatternScope patterns = {
      {*base, &stack.spec.variables}, random->OneIn(2), nullptr};
  QueryScope scope;
  scope.base_directory = *base;
  scope.signatures = &stack.spec.signatures;
  DropSet drops;
  NaiveDrops naive;
  const int count = random->Below(random->OneIn(3) ? 100 : 24);
  for (int i = 0; i < count; ++i) {
    const Rule rule = random->NextRule(Effect::kDeny);
    if (!IsWorthDropping(rule, patterns, random)) continue;
    drops.Add(rule.permissions, rule.pattern, patterns).IgnoreError();
    naive.Add(rule.permissions, rule.pattern, patterns);
    if (random->OneIn(20)) drops.Quiesce();
    if (!random->OneIn(10)) continue;
    CompareAround(drops, naive, random->NextAccess(), scope, tally);
  }
  for (int i = 0; i < 20; ++i) {
    CompareAround(drops, naive, random->NextAccess(), scope, tally);
  }
}

TEST(DropSetTest, AnswersAsIfAllWereLookedThrough) {
  for (RandomTheme theme : {RandomTheme::kPaths, RandomTheme::kNames,
                            RandomTheme::kCalls, RandomTheme::kSecrets,
                            RandomTheme::kEndpoints, RandomTheme::kCommands}) {
    const int seed = static_cast<int>(theme) + 40;
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    testing::RandomPolicy random(static_cast<uint64_t>(seed));
    Tally tally;
    for (int i = 0; i < 400 && !HasFailure(); ++i) {
      CompareOne(theme, &random, &tally);
    }
    if (HasFailure()) return;
    EXPECT_GT(tally.named, tally.compared / 10);
    EXPECT_LT(tally.found, tally.compared * 9 / 10);
  }
}

absl::Status Add(DropSet* drops, const std::string& pattern) {
  return drops->Add(PermissionSet(kRead), RulePattern::Text(pattern), {});
}

absl::optional<uint32_t> FindPath(const DropSet& drops,
                                  const std::string& name) {
  fs::AnyPathComponents path;
  EXPECT_TRUE(path.Split("", name));
  return drops.FindPath(kRead, path);
}

// If it did not, an earlier decision could not be explained any more.
TEST(DropSetTest, ADecisionNamesTheSameDropAfterDropsAreIndexed) {
  const auto env = [](const char* name) {
    return Access::Name(Permission::kEnvRead, name);
  };
  const auto context =
      testing::MakeContext(testing::Allowing(Permission::kEnvRead, "*"))
          .context;
  const auto drop = [&](const char* text) {
    EXPECT_TRUE(
        context
            ->Drop(PermissionSet(Permission::kEnvRead), RulePattern::Text(text))
            .ok());
  };
  drop("AB*");
  drop("ABC");
  const Decision before = context->Check(env("ABC"));
  for (const char* text : {"c", "d", "e", "f", "g", "h", "i"}) drop(text);
  const Decision after = context->Check(env("ABC"));
  EXPECT_EQ(before.rule(), 0u);
  EXPECT_EQ(after.rule(), 0u);
  EXPECT_TRUE(context->Explain(before, env("ABC")).ok());
}

// Each drop holds as soon as it was made, whatever is indexed by then.
TEST(DropSetTest, EveryDropHoldsAtOnceAndForEver) {
  DropSet drops;
  for (uint32_t i = 0; i < DropSet::kMaxDrops; ++i) {
    const std::string name = absl::StrCat("/d/", i);
    EXPECT_EQ(FindPath(drops, name), absl::nullopt);
    const char* const tails[] = {"", "/**", "/*/**"};
    ASSERT_TRUE(Add(&drops, name + tails[i % 3]).ok());
    for (uint32_t earlier = 0; earlier <= i; ++earlier) {
      EXPECT_EQ(FindPath(drops, absl::StrCat("/d/", earlier, "/x")), earlier);
    }
  }
  EXPECT_EQ(FindPath(drops, "/other"), absl::nullopt);
}

// What several earlier drops cover together is no further drop.
TEST(DropSetTest, DropsThatAreCoveredTogetherTakeNoRoom) {
  for (int others : {0, 30}) {
    SCOPED_TRACE(others);
    DropSet drops;
    for (const char* first : {"/a", "/b", "exact:/c"}) {
      ASSERT_TRUE(Add(&drops, first).ok());
    }
    for (int i = 0; i < others; ++i) {
      ASSERT_TRUE(Add(&drops, absl::StrCat("/other/", i)).ok());
    }
    const size_t bytes = drops.MemoryBytes();
    for (const char* covered :
         {"/{a,b}", "/a/x", "/b/*/x/**", "exact:/a", "exact:/c", "/a/{x,y}"}) {
      ASSERT_TRUE(Add(&drops, covered).ok());
      EXPECT_EQ(drops.MemoryBytes(), bytes) << covered;
    }
    for (const char* more : {"/{b,c/x}", "/c", "/*/**", "/**"}) {
      const size_t before = drops.MemoryBytes();
      ASSERT_TRUE(Add(&drops, more).ok());
      EXPECT_GT(drops.MemoryBytes(), before) << more;
    }
  }
}

// As much work for all as for so many times one.
TEST(DropSetTest, DropsAreIndexedInGroups) {
  DropSet drops;
  for (uint32_t i = 0; i < DropSet::kMaxDrops; ++i) {
    ASSERT_TRUE(Add(&drops, absl::StrCat("/d/", i)).ok());
  }
  EXPECT_GT(drops.IndexedBytes(), 0u);
  EXPECT_LT(drops.IndexedBytes(), 17 * drops.MemoryBytes());
  drops.Quiesce();
  EXPECT_EQ(drops.IndexedBytes(), drops.MemoryBytes());
  EXPECT_EQ(FindPath(drops, "/d/0"), 0u);
  EXPECT_EQ(FindPath(drops, "/d/255/x"), 255u);
}

// A pattern that is many bytes, since it has so many alternatives.
std::string Large(uint32_t number, int alternatives) {
  std::string braces = "{0";
  for (int i = 1; i < alternatives; ++i) absl::StrAppend(&braces, ",", i);
  return absl::StrCat("/", number, std::string(100, 'x'), braces, "}");
}

bool HoldsFor(const DropSet& drops, uint32_t number) {
  const std::string start = absl::StrCat("/", number, std::string(100, 'x'));
  return FindPath(drops, start + "49") == number &&
         FindPath(drops, start + "100") == absl::nullopt;
}

TEST(DropSetTest, LargeDropsAreIndexedAsTheyBecomeMore) {
  DropSet drops;
  for (uint32_t i = 0; i < DropSet::kMaxDrops; ++i) {
    ASSERT_TRUE(Add(&drops, Large(i, 50)).ok());
    ASSERT_TRUE(HoldsFor(drops, i));
  }
  EXPECT_GT(drops.MemoryBytes(), DropSet::kMaxBytes / 4);
  EXPECT_LT(drops.IndexedBytes(), 5 * drops.MemoryBytes());
}

// The worst for indexes: as many permissions and bytes as there may be.
TEST(DropSetTest, IndexesAreBoundedUntilNobodyReads) {
  const PermissionSet fs(*PermissionSet::Parse("fs"));
  const PermissionSet all = fs | PermissionSet(Permission::kCodeLoad) |
                            PermissionSet(Permission::kDeviceUse);
  DropSet drops;
  for (uint32_t count = 0; count < DropSet::kMaxDrops; ++count) {
    ASSERT_TRUE(drops.Add(all, RulePattern::Text(Large(count, 90)), {}).ok());
    ASSERT_LE(drops.IndexedBytes(), DropSet::kMaxIndexedBytes);
    ASSERT_TRUE(HoldsFor(drops, count));
  }
  EXPECT_GT(drops.MemoryBytes(), DropSet::kMaxBytes / 2);
  EXPECT_GT(drops.IndexedBytes(), DropSet::kMaxIndexedBytes / 2);
  for (int i = 0; i < 2; ++i) drops.Quiesce();  // indexes what waited
  EXPECT_LE(drops.IndexedBytes(), DropSet::kMaxIndexedBytes);
  for (uint32_t i = 0; i < DropSet::kMaxDrops; ++i) {
    EXPECT_TRUE(HoldsFor(drops, i));
  }
}

// A link's own name is dropped with what it leads to, indexed or not.
TEST(DropSetTest, LinksAreDroppedByBothNames) {
  const testing::TempTree tree;
  tree.Dir("@/target");
  tree.Link("@/link", "@/target");
  const internal::PatternScope bound = {
      {}, false, internal::PathBinder::ForNarrowing()};
  for (int others : {0, 30}) {
    DropSet drops;
    ASSERT_TRUE(drops
                    .Add(PermissionSet(kRead),
                         RulePattern::Text(tree.At("@/link")), bound)
                    .ok());
    for (int i = 0; i < others; ++i) {
      ASSERT_TRUE(Add(&drops, absl::StrCat("/other/", i)).ok());
    }
    EXPECT_EQ(FindPath(drops, tree.At("@/link")), 0u);
    EXPECT_EQ(FindPath(drops, tree.At("@/target/x")), 0u);
    EXPECT_EQ(FindPath(drops, tree.At("@/other")), absl::nullopt);
  }
}

// The fast way of a context and the one that explains.
TEST(DropSetTest, ContextsSayTheSameWithAndWithoutExplaining) {
  const RootContext root = testing::MakeContext(testing::Allowing(kRead, "/d"));
  const auto child = root.context->Derive({}, {});
  ASSERT_TRUE(child.ok());
  for (int i = 0; i < 40; ++i) {
    PermissionContext* const owner =
        i % 2 == 0 ? root.context.get() : child->get();
    ASSERT_TRUE(owner
                    ->Drop(PermissionSet(kRead),
                           RulePattern::Text(absl::StrCat("/d/", i)))
                    .ok());
  }
  for (int i = 0; i < 41; ++i) {
    const std::string path = absl::StrCat("/d/", i);
    const Access access = Access::Path(kRead, path);
    const Decision decision = (*child)->Check(access);
    EXPECT_EQ(decision.reason(), i < 40 ? Reason::kDropped : Reason::kRule);
    const auto why = (*child)->Explain(decision, access);
    ASSERT_TRUE(why.ok()) << why.status();
    EXPECT_EQ(why->rule, i < 40 ? path : "/d");
    EXPECT_EQ(root.context->Check(access).allowed(), i % 2 == 1 || i == 40);
  }
  root.context->Quiesce();
  EXPECT_EQ((*child)->Check(Access::Path(kRead, "/d/4/x")).reason(),
            Reason::kDropped);
}

}  // namespace
}  // namespace postern
