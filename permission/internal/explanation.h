#ifndef POSTERN_PERMISSION_INTERNAL_EXPLANATION_H_
#define POSTERN_PERMISSION_INTERNAL_EXPLANATION_H_

#include "absl/status/statusor.h"
#include "permission/access.h"
#include "permission/decision.h"
#include "permission/explain.h"
#include "permission/internal/context_stack.h"

namespace postern {
namespace internal {

// Explains `decision`. FailedPrecondition if it is not the one that `stack`
// makes on `access`, limits of rules aside.
absl::StatusOr<Explanation> MakeExplanation(const ContextStack& stack,
                                            const Access& access,
                                            const Decision& decision);
// Layer, rule and source of `decision`, which was made on `stack`'s snapshots.
// Needs no second decision.
void FillDeciding(const ContextStack& stack, const Decision& decision,
                  Explanation* out);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_EXPLANATION_H_
