#ifndef POSTERN_PERMISSION_INTERNAL_OUTCOME_H_
#define POSTERN_PERMISSION_INTERNAL_OUTCOME_H_

#include "permission/decision.h"
#include "permission/internal/compiled_policy.h"

namespace postern {
namespace internal {

// The answer of a stack of layers while it is put together: the strictest
// answer of any enforcing layer wins, and the first layer that gives it is
// named. Query and enforcement both end here.
class Outcome {
 public:
  // Adds all layers of `policy`, which are numbered from `first_layer` in the
  // context at `depth`, whose snapshot is `generation`.
  void Add(const CompiledPolicy& policy, const Query& query, int depth,
           int first_layer, uint64_t generation);
  // The context at `depth` gave the access up by its drop `rule`.
  void AddDrop(int depth, uint32_t rule, uint64_t generation);
  // AllowUnconfined() holds for this stack.
  void AllowUnconfined() { unconfined_ = true; }

  Decision Decide() const;

 private:
  void AddLayer(const LayerInfo& info, const LayerState& state,
                const Decision& decision);
  void AddNarrower(const Narrower& narrower, uint32_t bit, const Decision& at);
  void Take(const Decision& decision);

  Decision strictest_;
  bool any_ = false;
  bool grant_layer_ = false;
  bool unconfined_ = false;
  bool concealed_ = false;
  bool would_deny_ = false;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_OUTCOME_H_
