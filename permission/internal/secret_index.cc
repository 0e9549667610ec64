#include "permission/internal/secret_index.h"

namespace postern {
namespace internal {

void SecretIndex::Add(const SecretPattern& pattern, Candidate candidate,
                      const RuleLimits* limits) {
  if (limits != nullptr) {
    sets_.AddLimited(pattern, 0, candidate, limits);
    return;
  }
  const uint32_t set = sets_.AddSet(pattern, 0);
  const bool keyed = !pattern.parts.empty() && !pattern.parts[0].any;
  (keyed ? by_first_part_[pattern.parts[0].text] : others_).push_back(set);
  sets_.AddRule(set, candidate);
}

void SecretIndex::Evaluate(const Query& query, Contest* contest) const {
  const absl::Span<const absl::string_view> key = query.access().parts();
  const auto match = [key](const SecretPattern& pattern) {
    return pattern.Matches(key) ? Match::kYes : Match::kNo;
  };
  const auto offer = [&](const std::vector<uint32_t>& sets) {
    for (uint32_t set : sets) {
      sets_.OfferSet(set, match(sets_.pattern(set)), query, contest);
    }
  };
  const auto it = by_first_part_.find(key[0]);
  if (it != by_first_part_.end()) offer(it->second);
  offer(others_);
  sets_.OfferLimited(query, match, contest);
}

}  // namespace internal
}  // namespace postern
