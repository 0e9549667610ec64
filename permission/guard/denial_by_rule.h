#ifndef POSTERN_PERMISSION_GUARD_DENIAL_BY_RULE_H_
#define POSTERN_PERMISSION_GUARD_DENIAL_BY_RULE_H_

#include "permission/access.h"
#include "permission/context.h"
#include "permission/decision.h"

namespace postern {
namespace internal {

// The denial, if a rule of some enforcing layer denies the access; else an
// allowing decision. For a second name of what was granted under its first one:
// there it is no denial that nobody granted the second. A rule whose last use
// `operation` took still holds; null: none was taken.
Decision DenialByRule(const PermissionContext& context, const Access& access,
                      const OneOperation* operation);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_DENIAL_BY_RULE_H_
