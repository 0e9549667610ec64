#include "permission/internal/outcome.h"

namespace postern {
namespace internal {

void Outcome::AddLayer(const LayerTerms& info, bool may_grant,
                       const Decision& decision) {
  const Effect effect = decision.effect();
  if (info.mode == Mode::kAudit) {
    would_deny_ = would_deny_ || effect == Effect::kDeny;
    return;
  }
  grant_layer_ =
      grant_layer_ || (may_grant && info.default_effect == Effect::kDeny);
  concealed_ = concealed_ || (effect == Effect::kDeny && info.conceal);
  Take(decision);
}

void Outcome::AddNarrower(const Narrower& narrower, uint32_t bit,
                          const Place& place) {
  would_deny_ = would_deny_ || (narrower.audit_deny & bit) != 0;
  concealed_ = concealed_ || (narrower.concealed_deny & bit) != 0;
  const auto take = [&](Effect effect) {
    const Decision decision =
        DecisionParts::At(DecisionParts::Make(effect, Reason::kNarrowerRule),
                          place.depth, place.first_layer, Decision::kNoRule);
    Take(DecisionParts::WithGeneration(decision, place.generation));
  };
  if ((narrower.deny & bit) != 0) {
    take(Effect::kDeny);
  } else if ((narrower.ask & bit) != 0) {
    take(Effect::kAsk);
  }
}

void Outcome::AddLayers(const std::vector<LayerTerms>& infos,
                        const Contest& contest, const Place& place,
                        Trace* trace) {
  for (size_t i = 0; i < infos.size(); ++i) {
    const Winner& winner = contest[i];
    Decision decision = DecisionParts::Make(
        contest.effect(i), winner.matched ? Reason::kRule : Reason::kDefault);
    decision = DecisionParts::At(
        decision, place.depth, place.first_layer + static_cast<int>(i),
        winner.matched ? winner.rule : Decision::kNoRule);
    decision = DecisionParts::WithGeneration(decision, place.generation);
    AddLayer(infos[i], place.may_grant, decision);
    if (trace != nullptr) {
      trace->push_back({place.policy, i, place.depth,
                        place.first_layer + static_cast<int>(i),
                        place.generation, contest.effect(i),
                        winner.matched ? winner.rule : Decision::kNoRule,
                        contest.deciders(i)});
    }
  }
}

void Outcome::AddDrop(int depth, uint32_t rule, uint64_t generation) {
  const Decision decision =
      DecisionParts::At(DecisionParts::Make(Effect::kDeny, Reason::kDropped),
                        depth, Decision::kDropLayer, rule);
  Take(DecisionParts::WithGeneration(decision, generation));
}

// Nothing denies, but nobody granted either.
Decision Outcome::WithoutGrantLayer() const {
  if (!unconfined_) {
    return DecisionParts::Make(Effect::kDeny, Reason::kNoGrantLayer);
  }
  if (any_ && strictest_.reason() != Reason::kDefault) return strictest_;
  return DecisionParts::Make(Effect::kAllow, Reason::kUnconfined);
}

Decision DecideWithoutGrants(const Decision& fused, bool unconfined,
                             uint64_t generation) {
  Outcome outcome;
  if (unconfined) outcome.AllowUnconfined();
  outcome.AddFused(fused, /*grants=*/false, {0, 0, generation});
  return outcome.Decide();
}

}  // namespace internal
}  // namespace postern
