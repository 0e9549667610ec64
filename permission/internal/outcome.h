#ifndef POSTERN_PERMISSION_INTERNAL_OUTCOME_H_
#define POSTERN_PERMISSION_INTERNAL_OUTCOME_H_

#include <vector>

#include "permission/decision.h"
#include "permission/internal/compiled_policy.h"

namespace postern {
namespace internal {

// How one layer answered.
struct LayerAnswerState {
  size_t layer;  // in its policy
  LayerState state;
  Effect effect;
};

// The answer of a stack of layers while it is put together: the strictest
// answer of any enforcing layer wins, and the first layer that gives it is
// named. Query and enforcement both end here.
class Outcome {
 public:
  // Where the layers of a policy stand.
  struct Place {
    int depth = 0;        // links from the root to their context
    int first_layer = 0;  // number of the first in that context's stack
    uint64_t generation = 0;
    // A layer that denies by default counts as the one that grants: true for
    // a root's own policy; what is added later only narrows.
    bool may_grant = true;
  };

  // Adds all layers of `policy`; told to `trace`, if there is one.
  void Add(const CompiledPolicy& policy, const Query& query, const Place& place,
           std::vector<LayerAnswerState>* trace);
  // The context at `depth` gave the access up by its drop `rule`.
  void AddDrop(int depth, uint32_t rule, uint64_t generation);
  // AllowUnconfined() holds for this stack.
  void AllowUnconfined() { unconfined_ = true; }

  Decision Decide() const;

 private:
  void AddLayer(const LayerInfo& info, bool may_grant,
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
