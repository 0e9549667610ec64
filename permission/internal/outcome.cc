#include "permission/internal/outcome.h"

namespace postern {
namespace internal {

void Outcome::Take(const Decision& decision) {
  if (!any_ || decision.effect() < strictest_.effect()) strictest_ = decision;
  any_ = true;
}

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
                          const Decision& at) {
  would_deny_ = would_deny_ || (narrower.audit_deny & bit) != 0;
  concealed_ = concealed_ || (narrower.concealed_deny & bit) != 0;
  const auto take = [&](Effect effect) {
    Take(Decision(effect, Reason::kNarrowerRule)
             .At(at.depth(), at.layer(), Decision::kNoRule)
             .WithGeneration(at.generation()));
  };
  if ((narrower.deny & bit) != 0) {
    take(Effect::kDeny);
  } else if ((narrower.ask & bit) != 0) {
    take(Effect::kAsk);
  }
}

void Outcome::Add(const CompiledPolicy& policy, const Query& query,
                  const Place& place, std::vector<LayerAnswerState>* trace) {
  LayerStates states(policy.layers());
  Narrower narrower;
  policy.Evaluate(query, &states, &narrower);
  for (size_t i = 0; i < policy.layers().size(); ++i) {
    const LayerState& state = states[i];
    const Decision decision =
        Decision(states.effect(i),
                 state.matched ? Reason::kRule : Reason::kDefault)
            .At(place.depth, place.first_layer + static_cast<int>(i),
                state.matched ? state.rule : Decision::kNoRule)
            .WithGeneration(place.generation);
    AddLayer(policy.layers()[i], place.may_grant, decision);
    if (trace != nullptr) trace->push_back({i, state, states.effect(i)});
  }
  AddNarrower(narrower, query.permission_bit(),
              Decision()
                  .At(place.depth, place.first_layer, Decision::kNoRule)
                  .WithGeneration(place.generation));
}

void Outcome::AddDrop(int depth, uint32_t rule, uint64_t generation) {
  Take(Decision(Effect::kDeny, Reason::kDropped)
           .At(depth, Decision::kDropLayer, rule)
           .WithGeneration(generation));
}

Decision Outcome::Decide() const {
  const bool denied = any_ && strictest_.effect() == Effect::kDeny;
  Decision decision = strictest_;
  if (!denied && !grant_layer_) {
    if (!unconfined_) {
      decision = Decision(Effect::kDeny, Reason::kNoGrantLayer);
    } else if (!any_ || strictest_.reason() == Reason::kDefault) {
      decision = Decision(Effect::kAllow, Reason::kUnconfined);
    }
  }
  const bool concealed = concealed_ && decision.effect() == Effect::kDeny;
  return decision.WithFlags(concealed, would_deny_);
}

}  // namespace internal
}  // namespace postern
