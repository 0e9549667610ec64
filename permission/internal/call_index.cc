#include "permission/internal/call_index.h"

namespace postern {
namespace internal {

// Equal patterns are sets of their own: comparing them would not pay.
void CallIndex::Add(const CallPattern& pattern, Candidate candidate,
                    const RuleLimits* limits) {
  if (limits != nullptr) {
    sets_.AddLimited(pattern, pattern.Rank(), candidate, limits);
    return;
  }
  const uint32_t set = sets_.AddSet(pattern, pattern.Rank());
  (pattern.any_function ? plugins_ : functions_)[pattern.function].push_back(
      set);
  sets_.AddRule(set, candidate);
}

void CallIndex::Evaluate(const Query& query, Contest* contest) const {
  const absl::string_view function = query.access().text();
  const absl::string_view base = query.scope().base_directory;
  VisitSets(function, [&](uint32_t set) {
    sets_.OfferSet(set,
                   sets_.pattern(set).MatchesArguments(query.arguments(), base),
                   query, contest);
  });
  sets_.OfferLimited(
      query,
      [&](const CallPattern& pattern) {
        return pattern.MatchesFunction(function)
                   ? pattern.MatchesArguments(query.arguments(), base)
                   : Match::kNo;
      },
      contest);
}

}  // namespace internal
}  // namespace postern
