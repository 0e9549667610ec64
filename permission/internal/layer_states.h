#ifndef POSTERN_PERMISSION_INTERNAL_LAYER_STATES_H_
#define POSTERN_PERMISSION_INTERNAL_LAYER_STATES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "permission/decision.h"
#include "permission/internal/candidate.h"
#include "permission/internal/query.h"

namespace postern {
namespace internal {

// What a check needs of a layer besides its rules.
struct LayerInfo {
  Effect default_effect;
  Precedence precedence;
  Mode mode;
  bool conceal;
};

// The states of a policy's layers while the matching rules are offered. Fixed
// in size, on the stack.
class LayerStates {
 public:
  explicit LayerStates(const std::vector<LayerInfo>& layers) : layers_(layers) {
    for (size_t i = 0; i < layers.size(); ++i) states_[i] = LayerState();
  }
  LayerStates(const LayerStates&) = default;
  LayerStates& operator=(const LayerStates&) = delete;

  // Offers those of `candidates` that are for the permissions of `bit`.
  template <typename Compare>
  void OfferAll(absl::Span<const Candidate> candidates, uint32_t bit,
                Compare compare) {
    for (const Candidate& candidate : candidates) {
      if ((candidate.permissions & bit) != 0) OfferOne(candidate, compare);
    }
  }
  template <typename Compare>
  void OfferOne(const Candidate& candidate, Compare compare) {
    Offer(candidate, layers_[candidate.layer].precedence, compare,
          &states_[candidate.layer]);
  }

  const LayerState& operator[](size_t layer) const { return states_[layer]; }
  const LayerInfo& info(size_t layer) const { return layers_[layer]; }
  Effect effect(size_t layer) const {
    return states_[layer].matched ? states_[layer].effect
                                  : layers_[layer].default_effect;
  }
  // What decides is not one of the layer's own rules.
  void Grant(size_t layer) {
    states_[layer] = {true, Effect::kAllow, Decision::kNoRule, 0};
  }
  void Take(size_t layer, const LayerStates& other) {
    states_[layer] = other.states_[layer];
  }
  // Makes what denies by a rule of `other` the answer.
  void TakeDenials(const LayerStates& other) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (other[i].matched && other[i].effect == Effect::kDeny &&
          effect(i) != Effect::kDeny) {
        states_[i] = other.states_[i];
      }
    }
  }
  // Makes layer by layer the stricter of both answers the answer.
  void TakeStricter(const LayerStates& other) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (other.effect(i) < effect(i)) states_[i] = other.states_[i];
    }
  }

 private:
  const std::vector<LayerInfo>& layers_;
  LayerState states_[kMaxPolicyLayers];  // as many as layers_ are in use
};

// What narrower rules say to a question for a whole: of some object in it.
// Bits of permissions.
struct Narrower {
  uint32_t deny = 0;            // an enforcing layer denies
  uint32_t concealed_deny = 0;  // one that conceals
  uint32_t ask = 0;             // an enforcing layer asks
  uint32_t audit_deny = 0;      // a layer in audit mode denies

  void Add(const Candidate& candidate, const LayerInfo& layer) {
    const uint32_t bits = candidate.permissions;
    if (candidate.effect() == Effect::kAllow) return;
    if (layer.mode == Mode::kAudit) {
      if (candidate.effect() == Effect::kDeny) audit_deny |= bits;
    } else if (candidate.effect() == Effect::kAsk) {
      ask |= bits;
    } else {
      deny |= bits;
      if (layer.conceal) concealed_deny |= bits;
    }
  }
  bool empty() const { return (deny | concealed_deny | ask | audit_deny) == 0; }
  void Add(const Narrower& other) {
    deny |= other.deny;
    concealed_deny |= other.concealed_deny;
    ask |= other.ask;
    audit_deny |= other.audit_deny;
  }
};

// A rule that may cease to hold; such rules are few and matched one by one.
template <typename Pattern>
struct LimitedRule {
  Pattern pattern;
  Candidate candidate;
  const RuleLimits* limits;  // of the policy's RuleTable
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_LAYER_STATES_H_
