#include "permission/internal/name_index.h"

#include <algorithm>

namespace postern {
namespace internal {

void NameIndex::Add(const NamePattern& pattern, Candidate candidate,
                    const RuleLimits* limits) {
  if (limits != nullptr) {
    sets_.AddLimited(pattern, pattern.Rank(), candidate, limits);
    return;
  }
  Map& map = pattern.prefix ? prefixes_ : names_;
  const auto inserted = map.try_emplace(pattern.text, 0);
  if (inserted.second) {
    inserted.first->second = sets_.AddSet(pattern, pattern.Rank());
  }
  sets_.AddRule(inserted.first->second, candidate);
}

void NameIndex::Build(const std::vector<LayerTerms>& layers) {
  sets_.Build(layers);
  for (const auto& prefix : prefixes_) {
    prefix_lengths_.push_back(prefix.first.size());
  }
  std::sort(prefix_lengths_.begin(), prefix_lengths_.end());
  prefix_lengths_.erase(
      std::unique(prefix_lengths_.begin(), prefix_lengths_.end()),
      prefix_lengths_.end());
}

void NameIndex::Evaluate(const Query& query, Contest* contest) const {
  const absl::string_view name = query.access().text();
  const auto exact = names_.find(name);
  if (exact != names_.end()) {
    sets_.OfferSet(exact->second, Match::kYes, query, contest);
  }
  for (size_t length : prefix_lengths_) {
    if (length > name.size()) break;
    const auto prefix = prefixes_.find(name.substr(0, length));
    if (prefix != prefixes_.end()) {
      sets_.OfferSet(prefix->second, Match::kYes, query, contest);
    }
  }
  sets_.OfferLimited(
      query,
      [name](const NamePattern& pattern) {
        return pattern.Matches(name) ? Match::kYes : Match::kNo;
      },
      contest);
}

}  // namespace internal
}  // namespace postern
