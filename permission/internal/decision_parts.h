#ifndef POSTERN_PERMISSION_INTERNAL_DECISION_PARTS_H_
#define POSTERN_PERMISSION_INTERNAL_DECISION_PARTS_H_

#include <cstdint>

#include "permission/decision.h"

namespace postern {
namespace internal {

// How the engine makes decisions. Nobody else can make one, or change one.
struct DecisionParts {
  static constexpr Decision Make(Effect effect, Reason reason) {
    return Decision(effect, reason);
  }
  static constexpr Decision At(Decision d, int depth, int layer,
                               uint32_t rule) {
    d.depth_ = static_cast<uint32_t>(depth) & 15;
    d.layer_ = static_cast<uint32_t>(layer) & 63;
    d.rule_ = rule & Decision::kNoRule;
    return d;
  }
  static constexpr Decision WithGeneration(Decision d, uint64_t generation) {
    d.generation_ = static_cast<uint16_t>(generation);
    return d;
  }
  // A decision of one policy in the terms of a stack, where its first layer
  // has the number `first_layer` and its context stands `depth` links up.
  static constexpr Decision Within(Decision d, int depth, int first_layer,
                                   uint64_t generation) {
    return WithGeneration(At(d, depth, d.layer() + first_layer, d.rule()),
                          generation);
  }
  static constexpr Decision WithFlags(Decision d, bool concealed,
                                      bool would_deny) {
    d.concealed_ = concealed;
    d.would_deny_ = would_deny;
    return d;
  }
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_DECISION_PARTS_H_
