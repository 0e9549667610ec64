#include "permission/internal/precedence.h"

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

// What of `candidate`, which asks, lost to another that asks.
uint32_t AsksBeside(const Candidate& candidate,
                    const std::vector<Candidate>& winners) {
  uint32_t beside = 0;
  for (const Candidate& winner : winners) {
    if (winner.layer == candidate.layer && winner.rule != candidate.rule &&
        winner.effect() == Effect::kAsk) {
      beside |= winner.permissions & candidate.permissions;
    }
  }
  return beside;
}

}  // namespace

void MergeCandidates(absl::Span<const Candidate> own,
                     const std::vector<LayerTerms>& layers,
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

std::vector<Candidate> DecidingCandidates(
    absl::Span<const Candidate> own, const std::vector<LayerTerms>& layers) {
  std::vector<Candidate> winners, beside;
  MergeCandidates(own, layers, &winners);
  for (Candidate candidate : own) {
    if (candidate.effect() != Effect::kAsk) continue;
    candidate.permissions = AsksBeside(candidate, winners);
    if (candidate.permissions != 0) beside.push_back(candidate);
  }
  winners.insert(winners.end(), beside.begin(), beside.end());
  return winners;
}

uint32_t CandidateTable::Add(absl::Span<const Candidate> list) {
  if (list.empty()) return 0;
  pool_.insert(pool_.end(), list.begin(), list.end());
  begins_.push_back(static_cast<uint32_t>(pool_.size()));
  return static_cast<uint32_t>(begins_.size() - 2);
}

}  // namespace internal
}  // namespace postern
