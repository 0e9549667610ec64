#ifndef POSTERN_PERMISSION_INTERNAL_REMEDY_H_
#define POSTERN_PERMISSION_INTERNAL_REMEDY_H_

#include "permission/explain.h"
#include "permission/internal/context_stack.h"
#include "permission/internal/query.h"
#include "permission/internal/trace.h"

namespace postern {
namespace internal {

// Says in `out` what would allow what `query` asks on `stack`, and no more:
// remedy, rules_to_add and rules_in_the_way. `out` holds the decision and the
// deciding rule, `trace` what the layers said. Each rule is tried on a copy of
// its layer before it is advised: at most kMaxTriedRules rules of a layer that
// denies by a rule, and of one that denies by default none.
void AddRemedy(const ContextStack& stack, const Query& query,
               const Trace& trace, Explanation* out);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_REMEDY_H_
