// What holds of every merge, tried on random ones.

#include <algorithm>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "net/csp/match.h"
#include "net/csp/merge.h"
#include "net/csp/subsume.h"
#include "net/csp/url.h"
#include "tests/amount.h"
#include "tests/net/csp/merge_fixture.h"
#include "tests/net/csp/random_policy.h"

namespace postern {
namespace csp {
namespace {

class RandomMerge {
 public:
  explicit RandomMerge(uint64_t seed) : random_(seed) {}

  // Sources that an author may write.
  std::string Text(int most) { return maker_.Make(most, &random_); }

  MergeInput Input(bool with_ceiling) {
    MergeInput input;
    input.self = *ParseOrigin(Pick(alphabet().selves, &random_));
    maker_.marks = true;  // the base and the ceiling may hold what conflicts
    input.base = Read("base", Text(4));
    if (with_ceiling) input.ceiling = Read("ceiling", Text(4));
    maker_.marks = OneIn(2, &random_);
    for (const char* app : {"a", "b"}) {
      input.grants.push_back(Grant(app, Text(3)));
    }
    return input;
  }

  Random* random() { return &random_; }
  const Alphabet& alphabet() const { return maker_.alphabet; }

 private:
  Random random_;
  PolicyMaker maker_;
};

bool Holds(const Policy& a, const Policy& b, const Origin& self,
           std::string* why) {
  for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
    const Subsumption got =
        Subsumes(a, absl::MakeConstSpan(&b, 1), self, dialect);
    if (got.holds) continue;
    *why = absl::StrCat(DirectiveName(got.directive), ": ", got.counterexample,
                        dialect == Dialect::kSpec ? " (spec)" : " (chromium)");
    return false;
  }
  return true;
}

std::string Show(const MergeInput& input) {
  std::string out = absl::StrCat("self ", input.self.ToString(), "\nbase ",
                                 input.base.policy.ToString(), "\n");
  for (const GrantInput& grant : input.grants) {
    absl::StrAppend(&out, "grant ", grant.grant.policy.ToString(), "\n");
  }
  if (input.ceiling) {
    absl::StrAppend(&out, "ceiling ", input.ceiling->policy.ToString(), "\n");
  }
  return out;
}

// Where one policy cannot say what is left within a ceiling, as with
// 'strict-dynamic' and workers, nothing is merged: seldom.
bool IsRefusedForTheCeiling(const MergeInput& input,
                            const absl::Status& status) {
  return input.ceiling &&
         status.code() == absl::StatusCode::kFailedPrecondition;
}

// No conflict is accepted anywhere here.
TEST(MergePropertyTest, GrantsNeverBlockAndNeverExceed) {
  RandomMerge random(31);
  const int64_t rounds = testing::AmountOf(testing::Amount{2000, 35, 200000});
  int64_t more = 0, cut = 0, refused = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    const MergeInput input = random.Input(i % 2 == 0);
    const absl::StatusOr<MergeResult> result = Merge(input);
    if (IsRefusedForTheCeiling(input, result.status())) {
      ++refused;
      continue;
    }
    ASSERT_TRUE(result.ok()) << result.status() << "\n" << Show(input);
    std::string why;
    const auto& all = result->all.policy;
    ASSERT_TRUE(Holds(all, result->base.policy, input.self, &why))
        << Show(input) << all.ToString() << "\n"
        << why;
    for (const AppPolicy& app : result->apps) {
      const Policy& one = app.merged.policy;
      ASSERT_TRUE(Holds(one, result->base.policy, input.self, &why))
          << Show(input) << one.ToString() << "\n"
          << why;
      ASSERT_TRUE(Holds(all, one, input.self, &why))
          << Show(input) << all.ToString() << "\n"
          << one.ToString() << "\n"
          << why;
    }
    if (input.ceiling) {
      ASSERT_TRUE(Holds(input.ceiling->policy, all, input.self, &why))
          << Show(input) << all.ToString() << "\n"
          << why;
      cut += result->notes.empty() ? 0 : 1;
      MergeInput uncut = input;
      uncut.ceiling.reset();
      const MergeResult without = MergeOrDie(uncut);
      ASSERT_TRUE(Holds(without.all.policy, all, input.self, &why))
          << Show(input) << without.all.policy.ToString() << "\n"
          << all.ToString() << "\n"
          << why;
    }
    more += Holds(result->base.policy, all, input.self, &why) ? 0 : 1;
  }
  EXPECT_GT(more * 4, rounds);
  EXPECT_GT(cut * 4, rounds);
  EXPECT_LT(refused * 100, rounds);
}

// What is granted loads, where the directive is for that kind of load.
TEST(MergePropertyTest, WhatIsGrantedLoads) {
  RandomMerge random(32);
  const int64_t rounds = testing::AmountOf(testing::Amount{4000, 120, 200000});
  int64_t loaded = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    MergeInput input;
    input.self = *ParseOrigin(Pick(random.alphabet().selves, random.random()));
    input.base = Read("base", random.Text(4));
    const std::string directive =
        Pick<std::string>({"img-src", "connect-src", "frame-src", "worker-src",
                           "style-src-elem", "script-src-elem"},
                          random.random());
    const std::string source = random.alphabet().Source(random.random());
    input.grants = {Grant("a", absl::StrCat(directive, " ", source))};
    const MergeResult result = MergeOrDie(input);
    Load load;
    load.directive = *ParseDirectiveName(directive);
    load.url = *ParseUrl(random.alphabet().Url(random.random()));
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      const Policy alone =
          Read("grant", absl::StrCat(directive, " ", source)).policy;
      if (!MatchLoad(alone, &input.self, load, dialect).allowed) continue;
      ++loaded;
      ASSERT_TRUE(
          MatchLoad(result.all.policy, &input.self, load, dialect).allowed)
          << Show(input) << result.all.policy.ToString() << "\n"
          << load.url.ToString();
    }
  }
  EXPECT_GT(loaded * 10, rounds);
}

// Whether the word stands in what governs anything that the directive is for.
bool Stands(const MergedPolicy& merged, Directive directive,
            const std::string& word) {
  for (const MergedValue& value : merged.values) {
    const auto chain = FallbackChain(value.directive);
    if (std::find(chain.begin(), chain.end(), directive) == chain.end()) {
      continue;
    }
    for (const MergedWord& one : value.words) {
      if (one.text == word) return true;
    }
  }
  return false;
}

// What is granted stands in the policy, or a note says why it does not. Where
// the base says it too, that is told of.
TEST(MergePropertyTest, NoGrantVanishesSilently) {
  RandomMerge random(34);
  const int64_t rounds = testing::AmountOf(testing::Amount{4000, 100, 200000});
  int64_t told = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    const MergeInput input = random.Input(i % 3 == 0);
    const absl::StatusOr<MergeResult> merged = Merge(input);
    if (IsRefusedForTheCeiling(input, merged.status())) continue;
    ASSERT_TRUE(merged.ok()) << merged.status();
    const MergeResult& result = *merged;
    for (const GrantInput& grant : input.grants) {
      for (const DirectiveValue& value : grant.grant.policy.directives) {
        for (const PlacedSource& s : value.sources) {
          const std::string word = s.source.ToString();
          if (Stands(result.all, value.directive, word)) continue;
          const bool note = std::any_of(
              result.notes.begin(), result.notes.end(), [&](const Note& n) {
                const bool same_place = n.at.place.line == s.place.line &&
                                        n.at.place.column == s.place.column;
                return n.word == word &&
                       (same_place || n.at.voice == Voice::kBase);
              });
          ASSERT_TRUE(note)
              << Show(input) << result.all.policy.ToString() << "\n"
              << DirectiveName(value.directive) << " " << word;
          ++told;
        }
      }
    }
  }
  EXPECT_GT(told * 2, rounds);
}

std::set<std::string> AsSet(const Policy& policy) {
  std::set<std::string> out;
  for (const DirectiveValue& value : policy.directives) {
    out.insert(absl::StrCat(DirectiveName(value.directive), " ="));
    for (const PlacedSource& s : value.sources) {
      out.insert(absl::StrCat(DirectiveName(value.directive), " ",
                              s.source.ToString()));
    }
  }
  return out;
}

TEST(MergePropertyTest, TheOrderOfAppsAndDirectivesChangesNothing) {
  RandomMerge random(33);
  const int64_t rounds = testing::AmountOf(testing::Amount{2000, 60, 50000});
  for (int64_t i = 0; i < rounds; ++i) {
    MergeInput input = random.Input(false);
    const MergeResult first = MergeOrDie(input);
    std::reverse(input.grants.begin(), input.grants.end());
    for (GrantInput& grant : input.grants) {
      std::reverse(grant.grant.policy.directives.begin(),
                   grant.grant.policy.directives.end());
    }
    std::reverse(input.base.policy.directives.begin(),
                 input.base.policy.directives.end());
    const MergeResult second = MergeOrDie(input);
    ASSERT_EQ(AsSet(first.all.policy), AsSet(second.all.policy))
        << Show(input) << first.all.policy.ToString() << "\n"
        << second.all.policy.ToString();
  }
}

}  // namespace
}  // namespace csp
}  // namespace postern
