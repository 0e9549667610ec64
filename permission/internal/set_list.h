#ifndef POSTERN_PERMISSION_INTERNAL_SET_LIST_H_
#define POSTERN_PERMISSION_INTERNAL_SET_LIST_H_

#include <utility>
#include <vector>

#include "permission/internal/contest.h"

namespace postern {
namespace internal {

// The different patterns of one kind (names, calls, secrets) by set id, with
// their rules and ranks. The order between two of these patterns is the same
// for every resource: the higher rank is the more specific. An index on top
// finds which sets match.
template <typename Pattern>
class SetList {
 public:
  struct Set {
    Pattern pattern;
    std::vector<Candidate> rules;  // those that may decide after Build()
  };

  // A new set for `pattern`.
  uint32_t AddSet(Pattern pattern, uint32_t rank) {
    sets_.push_back({std::move(pattern), {}});
    ranks_.push_back(rank);
    return static_cast<uint32_t>(sets_.size() - 1);
  }
  void AddRule(uint32_t set, Candidate candidate) {
    candidate.set = set;
    sets_[set].rules.push_back(candidate);
  }
  void AddLimited(Pattern pattern, uint32_t rank, Candidate candidate,
                  const RuleLimits* limits) {
    limited_ranks_.push_back(rank);
    limited_.push_back({std::move(pattern), candidate, limits});
  }

  void Build(const std::vector<LayerTerms>& layers) {
    for (Set& set : sets_) set.rules = DecidingCandidates(set.rules, layers);
    for (size_t i = 0; i < limited_.size(); ++i) {
      limited_[i].candidate.set = static_cast<uint32_t>(ranks_.size());
      ranks_.push_back(limited_ranks_[i]);
    }
  }

  size_t size() const { return sets_.size(); }
  const Pattern& pattern(uint32_t set) const { return sets_[set].pattern; }
  const std::vector<Candidate>& rules(uint32_t set) const {
    return sets_[set].rules;
  }

  // Offers the rules of `set`, which matches the query as `match` says: what
  // is unknown counts for deny and ask, and not for allow.
  void OfferSet(uint32_t set, Match match, const Query& query,
                Contest* contest) const {
    for (const Candidate& candidate : sets_[set].rules) {
      OfferCandidate(candidate, match, query, contest);
    }
  }

  // Offers the limited rules in force, as match(pattern) says.
  template <typename Matcher>
  void OfferLimited(const Query& query, Matcher match, Contest* contest) const {
    for (const LimitedRule<Pattern>& rule : limited_) {
      if ((rule.candidate.permissions & query.permission_bit()) != 0 &&
          InForce(*rule.limits, query.scope())) {
        OfferCandidate(rule.candidate, match(rule.pattern), query, contest);
      }
    }
  }

  const std::vector<LimitedRule<Pattern>>& limited() const { return limited_; }

  void OfferCandidate(const Candidate& candidate, Match match,
                      const Query& query, Contest* contest) const {
    if (match == Match::kNo ||
        (candidate.permissions & query.permission_bit()) == 0 ||
        (match == Match::kUnknown && candidate.effect() == Effect::kAllow)) {
      return;
    }
    contest->OfferOne(candidate, [this](uint32_t a, uint32_t b) {
      const uint64_t left = RankOf(a), right = RankOf(b);
      return left < right ? -1 : left > right ? 1 : 0;
    });
  }

 private:
  // Rules without a resource come below every rank.
  uint64_t RankOf(uint32_t set) const {
    return set == Candidate::kWholeSet ? 0 : uint64_t{1} + ranks_[set];
  }

  std::vector<Set> sets_;
  std::vector<uint32_t> ranks_;  // by set, those of limited_ after the others
  std::vector<LimitedRule<Pattern>> limited_;
  std::vector<uint32_t> limited_ranks_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_SET_LIST_H_
