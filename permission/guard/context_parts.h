#ifndef POSTERN_PERMISSION_GUARD_CONTEXT_PARTS_H_
#define POSTERN_PERMISSION_GUARD_CONTEXT_PARTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "permission/context.h"
#include "permission/permission.h"
#include "permission/policy.h"

namespace postern {
namespace internal {

// What a context decides by, at one moment.
struct ContextParts {
  // The root's policy first, then what narrows it: of the root, of its child,
  // and so on. Never null.
  std::vector<std::shared_ptr<const Policy>> policies;
  // Of which the context or a parent gave something up.
  PermissionSet dropped;
  // Equal to those of another moment only if nothing changed between: no rules
  // and no drops, of the context and of its parents.
  std::vector<uint64_t> generations;
};

// For who puts a context's rules into another form. Allocates. Thread-safe.
ContextParts PartsOf(const PermissionContext& context);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_CONTEXT_PARTS_H_
