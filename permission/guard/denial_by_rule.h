#ifndef POSTERN_PERMISSION_GUARD_DENIAL_BY_RULE_H_
#define POSTERN_PERMISSION_GUARD_DENIAL_BY_RULE_H_

#include "permission/access.h"
#include "permission/context.h"
#include "permission/decision.h"

namespace postern {
namespace internal {

// What denies the access if a rule of some enforcing layer does; else an
// allowing decision. For a second name of what was granted by its first one:
// that nobody granted the second is no denial. Uses that `operation` took hold;
// null: none.
Decision DenialByRule(const PermissionContext& context, const Access& access,
                      const OneOperation* operation);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_DENIAL_BY_RULE_H_
