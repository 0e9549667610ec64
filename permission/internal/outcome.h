#ifndef POSTERN_PERMISSION_INTERNAL_OUTCOME_H_
#define POSTERN_PERMISSION_INTERNAL_OUTCOME_H_

#include <cstdint>
#include <vector>

#include "permission/decision.h"
#include "permission/internal/contest.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/trace.h"

namespace postern {
namespace internal {

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
    const Policy* policy = nullptr;  // for the trace
    // A layer that denies by default counts as the one that grants: true for
    // a root's own policy; what is added later only narrows.
    bool may_grant = true;
  };

  // Adds layers by who won in each; told to `trace`, if there is one.
  void AddLayers(const std::vector<LayerTerms>& infos, const Contest& contest,
                 const Place& place, Trace* trace);
  // Adds what narrower rules say to a question for a whole.
  void AddNarrower(const Narrower& narrower, uint32_t bit, const Place& place);
  // Adds all layers of a policy, at least one of them enforcing, that are
  // Fused(); `grants` says whether one of these denies by default.
  void AddFused(const Decision& fused, bool grants, const Place& place) {
    grant_layer_ = grant_layer_ || (place.may_grant && grants);
    concealed_ = concealed_ || fused.concealed();
    would_deny_ = would_deny_ || fused.would_deny();
    Take(DecisionParts::Within(fused, place.depth, place.first_layer,
                               place.generation));
  }
  // What was added so far, for AddFused().
  Decision Fused() const {
    return DecisionParts::WithFlags(strictest_, concealed_, would_deny_);
  }
  // Some layer denies: others can only mark the denial.
  bool denied() const { return any_ && strictest_.effect() == Effect::kDeny; }
  // The context at `depth` gave the access up by its drop `rule`.
  void AddDrop(int depth, uint32_t rule, uint64_t generation);
  // AllowUnconfined() holds for this stack.
  void AllowUnconfined() { unconfined_ = true; }

  Decision Decide() const {
    const Decision decision =
        denied() || grant_layer_ ? strictest_ : WithoutGrantLayer();
    const bool concealed = concealed_ && decision.effect() == Effect::kDeny;
    return DecisionParts::WithFlags(decision, concealed, would_deny_);
  }

 private:
  void AddLayer(const LayerTerms& info, bool may_grant,
                const Decision& decision);
  Decision WithoutGrantLayer() const;
  void Take(const Decision& decision) {
    if (!any_ || decision.effect() < strictest_.effect()) strictest_ = decision;
    any_ = true;
  }

  Decision strictest_;
  bool any_ = false;
  bool grant_layer_ = false;
  bool unconfined_ = false;
  bool concealed_ = false;
  bool would_deny_ = false;
};

// DecideAlone() where nothing grants.
Decision DecideWithoutGrants(const Decision& fused, bool unconfined,
                             uint64_t generation);

// The decision where one policy, whose layers say `fused`, stands alone: there
// is nothing to put together. `grants`: one of its layers denies by default.
inline Decision DecideAlone(const Decision& fused, bool grants, bool unconfined,
                            uint64_t generation = 0) {
  return grants ? DecisionParts::WithGeneration(fused, generation)
                : DecideWithoutGrants(fused, unconfined, generation);
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_OUTCOME_H_
