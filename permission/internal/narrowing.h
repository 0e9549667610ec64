#ifndef POSTERN_PERMISSION_INTERNAL_NARROWING_H_
#define POSTERN_PERMISSION_INTERNAL_NARROWING_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "permission/internal/context_stack.h"
#include "permission/layer.h"
#include "permission/policy.h"

namespace postern {
namespace internal {

// Compiles layers that narrow a stack, in the terms of its root's policy. Of no
// layers, null.
absl::StatusOr<std::shared_ptr<const Policy>> CompileLayers(
    const ContextStack& stack, std::vector<Layer> layers);

// `policy` as what narrows a stack: it keeps its own terms. Named arguments are
// bound as the root declares them: rules that were written for other
// declarations would match other calls. What its links led to when it was bound
// itself is what was approved. Of no layers, null.
absl::StatusOr<std::shared_ptr<const Policy>> NarrowingOf(
    const ContextStack& stack, std::shared_ptr<const Policy> policy);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_NARROWING_H_
