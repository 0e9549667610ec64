#include "permission/internal/compiled_policy.h"

#include <algorithm>

namespace postern {
namespace internal {

void CompiledPolicy::EvaluateWhole(const Query& query, Contest* contest) const {
  // No other rule has been offered yet: those without a resource all rank
  // the same.
  const auto same = [](uint32_t, uint32_t) { return 0; };
  contest->OfferAll(whole_, query.permission_bit(), same);
}

void CompiledPolicy::EvaluateResource(const Query& query, Contest* contest,
                                      Narrower* narrower) const {
  switch (query.access().form()) {
    case Access::Form::kPath:
      return paths_.Evaluate(query, contest);
    case Access::Form::kSubtree:
      return EvaluateSubtree(query, contest, narrower);
    case Access::Form::kName:
      EvaluateWhole(query, contest);
      return names_.Evaluate(query, contest);
    case Access::Form::kCall:
      EvaluateWhole(query, contest);
      return calls_.Evaluate(query, contest);
    case Access::Form::kCommand:
      EvaluateWhole(query, contest);
      return commands_.Evaluate(query, contest);
    case Access::Form::kSecret:
      EvaluateWhole(query, contest);
      return secrets_.Evaluate(query, contest);
    case Access::Form::kEndpoint:
      return EvaluateEndpoint(query, contest);
    case Access::Form::kResolved:
      return EvaluateResolved(query, contest);
    case Access::Form::kWhole:
      EvaluateWhole(query, contest);
      narrower->Add(narrower_);
      for (const LimitedWhole& rule : limited_asks_) {
        if (InForce(*rule.limits, query.scope())) {
          narrower->Add(rule.candidate, layers_[rule.candidate.layer]);
        }
      }
  }
}

// Limited rules come last: of rules that say the same, one that stays is named.
void CompiledPolicy::EvaluateLimitedWhole(const Query& query,
                                          Contest* contest) const {
  for (const LimitedWhole& rule : limited_whole_) {
    if ((rule.candidate.permissions & query.permission_bit()) != 0 &&
        InForce(*rule.limits, query.scope())) {
      contest->OfferOne(rule.candidate, BelowAll);
    }
  }
}

bool CompiledPolicy::ExpiresWithin(absl::Time after, absl::Time until) const {
  const auto next = std::upper_bound(expiries_.begin(), expiries_.end(), after);
  return next != expiries_.end() && *next <= until;
}

bool CompiledPolicy::HasLimitedWhole(uint32_t bits) const {
  return std::any_of(limited_whole_.begin(), limited_whole_.end(),
                     [&](const LimitedWhole& rule) {
                       return (rule.candidate.permissions & bits) != 0;
                     });
}

// The object on top and all of the subtree are two questions: a rule without
// a resource must be heard in both before the stricter answer is taken.
void CompiledPolicy::EvaluateSubtree(const Query& query, Contest* contest,
                                     Narrower* narrower) const {
  Contest all = *contest;
  paths_.EvaluateSubtree(query, contest, &all, narrower);
  EvaluateLimitedWhole(query, contest);
  EvaluateLimitedWhole(query, &all);
  contest->TakeStricter(all);
}

void CompiledPolicy::Decide(const Query& query, const Outcome::Place& place,
                            Trace* trace, Outcome* outcome) const {
  Contest contest(layers_);
  if (trace != nullptr) contest.NoteDeciders();
  Narrower narrower;
  Evaluate(query, &contest, &narrower);
  outcome->AddLayers(layers_, contest, place, trace);
  outcome->AddNarrower(narrower, query.permission_bit(), place);
}

void CompiledPolicy::Evaluate(const Query& query, Contest* contest,
                              Narrower* narrower) const {
  EvaluateResource(query, contest, narrower);
  switch (query.access().form()) {
    case Access::Form::kSubtree:
    case Access::Form::kEndpoint:
    case Access::Form::kResolved:
      return;  // it was asked in each part
    case Access::Form::kWhole:
    case Access::Form::kPath:
    case Access::Form::kName:
    case Access::Form::kCall:
    case Access::Form::kCommand:
    case Access::Form::kSecret:
      EvaluateLimitedWhole(query, contest);
  }
}

}  // namespace internal
}  // namespace postern
