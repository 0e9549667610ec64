#ifndef POSTERN_PERMISSION_INTERNAL_ENFORCEMENT_H_
#define POSTERN_PERMISSION_INTERNAL_ENFORCEMENT_H_

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "permission/access.h"
#include "permission/decision.h"
#include "permission/internal/context_state.h"
#include "permission/rule.h"

namespace postern {
namespace internal {

// What PermissionContext::Enforce() does: decides, asks a person if a rule says
// so, takes the uses that were not taken for the same operation and adds them
// to `taken`, and tells the audit sink. Never answers ask.
Decision EnforceAccess(const Access& access, absl::Time deadline,
                       TakenUses* taken, ContextState* state);

// What PermissionContext::EnforceAll() does: as EnforceAccess(), for several
// accesses that are one operation. Nobody is asked while one of them is denied
// as it is, and the uses of all are taken at once, or none. `*decides` becomes
// the index of the access that the answer is about; it must not be null.
Decision EnforceTogether(absl::Span<const Access> accesses, absl::Time deadline,
                         TakenUses* taken, ContextState* state,
                         size_t* decides);

// The strictest decision on `accesses`, and in `*decides` the index of the
// first that has it. No accesses are a denial.
Decision CheckTogether(absl::Span<const Access> accesses,
                       const TakenUses* taken, const ContextState& state,
                       size_t* decides);

// Takes those of `uses` that were not taken for the same operation, which are
// told to `taken`; or none, and false, if one of them has none left.
bool TakeOnce(std::vector<std::shared_ptr<UseCounter>> uses, TakenUses* taken);

// What PermissionContext::Resolve() does: decides and asks; takes nothing and
// tells nobody. Never answers ask.
Decision ResolveAccess(const Access& access, absl::Time deadline,
                       ContextState* state);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_ENFORCEMENT_H_
