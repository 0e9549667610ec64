#include "permission/internal/candidate.h"

#include <algorithm>

namespace postern {
namespace internal {
namespace {

// Takes from `winners` what `own` takes over; false for what is then left of
// `own` if that is nothing.
bool ContestWinners(Precedence precedence, Candidate* own,
                    std::vector<Candidate>* winners) {
  for (Candidate& winner : *winners) {
    const uint32_t contested = winner.permissions & own->permissions;
    if (winner.layer != own->layer || contested == 0) continue;
    const int specificity = winner.set == own->set ? 0 : 1;
    // Of rules that say the same the most specific one is named.
    const bool same_but_closer =
        specificity > 0 && own->effect() == winner.effect();
    if (same_but_closer ||
        TakesOver(own->effect(), winner.effect(), precedence, specificity)) {
      winner.permissions &= ~contested;
    } else {
      own->permissions &= ~contested;
    }
  }
  return own->permissions != 0;
}

}  // namespace

void MergeCandidates(absl::Span<const Candidate> own,
                     const std::vector<Layer>& layers,
                     std::vector<Candidate>* winners) {
  for (Candidate candidate : own) {
    const Precedence precedence = layers[candidate.layer].precedence;
    if (ContestWinners(precedence, &candidate, winners)) {
      winners->push_back(candidate);
    }
  }
  winners->erase(
      std::remove_if(winners->begin(), winners->end(),
                     [](const Candidate& c) { return c.permissions == 0; }),
      winners->end());
}

uint32_t CandidateTable::Add(absl::Span<const Candidate> list) {
  if (list.empty()) return 0;
  pool_.insert(pool_.end(), list.begin(), list.end());
  begins_.push_back(static_cast<uint32_t>(pool_.size()));
  return static_cast<uint32_t>(begins_.size() - 2);
}

}  // namespace internal
}  // namespace postern
