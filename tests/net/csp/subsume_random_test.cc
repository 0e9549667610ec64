// Whole policies against what single loads, code and powers are answered: no
// "yes" of Subsumes(), and nothing that Intersect() or Merge() makes, may let
// in what it must not.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "net/csp/intersect.h"
#include "net/csp/subsume.h"
#include "tests/amount.h"
#include "tests/net/csp/deeds.h"
#include "tests/net/csp/random_policy.h"

namespace postern {
namespace csp {
namespace {

Policy Parse(const std::string& text) {
  std::vector<ParseWarning> warnings;
  return *ParsePolicy(text, &warnings);
}

PolicyMaker Maker() {
  PolicyMaker maker;
  maker.marks = true;
  maker.names.insert(maker.names.end(),
                     {"base-uri", "form-action", "frame-ancestors"});
  maker.mark_words.push_back("'sha256-BBBB'");
  return maker;
}

// So few that lists often have a host in common and not its path.
Alphabet FewSources() {
  Alphabet few;
  few.url_schemes = {"https"};
  few.source_schemes = {"https://"};
  few.source_hosts = few.url_hosts = {"a.test", "b.a.test", "x.test"};
  few.source_ports = few.url_ports = {""};
  few.source_paths = {"/p/", "/z", "/p/q"};
  return few;
}

// The policy with words and directives left out here and there, and a word
// more now and then: close enough that one often lies within the other.
std::string Mutate(const PolicyMaker& maker, const std::string& text,
                   Random* random) {
  std::vector<std::string> out;
  for (const std::string& directive : std::vector<std::string>(
           absl::StrSplit(text, "; ", absl::SkipEmpty()))) {
    if (OneIn(12, random)) continue;
    std::vector<std::string> words = absl::StrSplit(directive, ' ');
    std::vector<std::string> kept = {words[0]};
    for (size_t i = 1; i < words.size(); ++i) {
      if (!OneIn(4, random)) kept.push_back(words[i]);
    }
    std::string line = absl::StrJoin(kept, " ");
    if (OneIn(8, random)) line += maker.List(1, random);
    out.push_back(line);
  }
  return absl::StrJoin(out, "; ");
}

// Whether any URL of some loads everywhere without a redirect.
bool AnythingLoads(const std::vector<Policy>& policies, const Origin& self,
                   const Deed& like, const Alphabet& alphabet, Dialect dialect,
                   Random* random) {
  Deed deed = like;
  deed.load.redirected = false;
  for (int i = 0; i < 30; ++i) {
    deed.load.url = *ParseUrl(alphabet.Url(random));
    if (AllAllow(policies, self, deed, dialect)) return true;
  }
  return false;
}

TEST(SubsumeRandomTest, NoYesLetsInWhatAnswersSayNoTo) {
  Random random(41);
  const PolicyMaker maker = Maker();
  const Alphabet few = FewSources();
  const int64_t rounds = testing::AmountOf(testing::Amount{3500, 200, 300000});
  int64_t held = 0, refuted = 0, redirects = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    const Origin self = *ParseOrigin(Pick(maker.alphabet.selves, &random));
    // One kind of load in two lists, which redirects may widen, or all kinds.
    const bool one_kind = OneIn(3, &random);
    const auto images = [&] {
      return absl::StrCat("img-src", few.List(3, &random));
    };
    const std::string a_text = one_kind ? images() : maker.Make(4, &random);
    const Policy a = Parse(a_text);
    std::vector<std::string> b_texts = {
        one_kind ? images() : Mutate(maker, a_text, &random)};
    if (one_kind) {
      b_texts.push_back(images());
    } else if (OneIn(4, &random)) {
      b_texts.push_back(Mutate(maker, a_text, &random));
    }
    std::vector<Policy> b;
    for (const std::string& text : b_texts) b.push_back(Parse(text));
    for (Dialect dialect : kDialects) {
      const Subsumption got = Subsumes(a, b, self, dialect);
      held += got.holds ? 1 : 0;
      if (!got.holds) {
        if (!got.load) continue;
        ++refuted;
        Deed deed;
        deed.load = *got.load;
        EXPECT_TRUE(AllAllow(b, self, deed, dialect) &&
                    !Allows(a, self, deed, dialect))
            << a_text << "\n"
            << absl::StrJoin(b_texts, "\n") << "\n"
            << got.counterexample;
        continue;
      }
      for (int n = 0; n < 60; ++n) {
        Deed deed = RandomDeed(one_kind ? few : maker.alphabet, true, &random);
        if (one_kind) {
          deed.kind = Deed::Kind::kLoad;
          deed.load.directive = Directive::kImgSrc;
        }
        if (!AllAllow(b, self, deed, dialect)) continue;
        if (deed.kind == Deed::Kind::kLoad && deed.load.redirected) {
          if (!AnythingLoads(b, self, deed, one_kind ? few : maker.alphabet,
                             dialect, &random)) {
            continue;
          }
          ++redirects;
        }
        ASSERT_TRUE(Allows(a, self, deed, dialect))
            << a_text << "\nover\n"
            << absl::StrJoin(b_texts, "\n") << "\n"
            << self.ToString() << " " << deed.ToString()
            << (dialect == Dialect::kSpec ? " spec" : " chromium");
      }
    }
  }
  EXPECT_GT(held * 4, rounds);
  EXPECT_GT(refuted * 4, rounds);
  EXPECT_GT(redirects, rounds / 10);
}

TEST(IntersectRandomTest, AllowsNothingThatOneOfTheTwoBlocks) {
  Random random(42);
  const PolicyMaker maker = Maker();
  const int64_t rounds = testing::AmountOf(testing::Amount{3000, 120, 200000});
  int64_t allowed = 0, lost = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    const Origin self = *ParseOrigin(Pick(maker.alphabet.selves, &random));
    const std::string a_text = maker.Make(4, &random);
    const std::string b_text = OneIn(2, &random)
                                   ? maker.Make(4, &random)
                                   : Mutate(maker, a_text, &random);
    const std::vector<Policy> both = {Parse(a_text), Parse(b_text)};
    const absl::StatusOr<Policy> met = Intersect(both[0], both[1], self);
    ASSERT_TRUE(met.ok()) << met.status() << "\n" << a_text << "\n" << b_text;
    for (int n = 0; n < 60; ++n) {
      const Deed deed = RandomDeed(maker.alphabet, true, &random);
      for (Dialect dialect : kDialects) {
        const bool got = Allows(*met, self, deed, dialect);
        const bool want = AllAllow(both, self, deed, dialect);
        ASSERT_TRUE(want || !got)
            << a_text << "\nwith\n"
            << b_text << "\nis " << met->ToString() << "\n"
            << self.ToString() << " " << deed.ToString()
            << (dialect == Dialect::kSpec ? " spec" : " chromium");
        allowed += want ? 1 : 0;
        lost += want && !got ? 1 : 0;
      }
    }
  }
  // What no one policy can say is left out: seldom.
  EXPECT_LT(lost * 20, allowed);
}

}  // namespace
}  // namespace csp
}  // namespace postern
