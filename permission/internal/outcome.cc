#include "permission/internal/outcome.h"

namespace postern {
namespace internal {

void Outcome::AddLayer(const LayerInfo& info, bool may_grant,
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
    Take(Decision(effect, Reason::kNarrowerRule)
             .At(place.depth, place.first_layer, Decision::kNoRule)
             .WithGeneration(place.generation));
  };
  if ((narrower.deny & bit) != 0) {
    take(Effect::kDeny);
  } else if ((narrower.ask & bit) != 0) {
    take(Effect::kAsk);
  }
}

void Outcome::AddLayers(const std::vector<LayerInfo>& infos,
                        const LayerStates& states, const Place& place,
                        std::vector<LayerAnswerState>* trace) {
  for (size_t i = 0; i < infos.size(); ++i) {
    const LayerState& state = states[i];
    const Decision decision =
        Decision(states.effect(i),
                 state.matched ? Reason::kRule : Reason::kDefault)
            .At(place.depth, place.first_layer + static_cast<int>(i),
                state.matched ? state.rule : Decision::kNoRule)
            .WithGeneration(place.generation);
    AddLayer(infos[i], place.may_grant, decision);
    if (trace != nullptr) {
      trace->push_back({i, state, states.effect(i), states.deciders(i)});
    }
  }
}

void Outcome::AddDrop(int depth, uint32_t rule, uint64_t generation) {
  Take(Decision(Effect::kDeny, Reason::kDropped)
           .At(depth, Decision::kDropLayer, rule)
           .WithGeneration(generation));
}

// Nothing denies, but nobody granted either.
Decision Outcome::WithoutGrantLayer() const {
  if (!unconfined_) return Decision(Effect::kDeny, Reason::kNoGrantLayer);
  if (any_ && strictest_.reason() != Reason::kDefault) return strictest_;
  return Decision(Effect::kAllow, Reason::kUnconfined);
}

}  // namespace internal
}  // namespace postern
