#include "permission/internal/narrowing.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/builder.h"

namespace postern {
namespace internal {

absl::StatusOr<std::shared_ptr<const Policy>> CompileLayers(
    const ContextStack& stack, std::vector<Layer> layers) {
  if (layers.empty()) return nullptr;
  const Policy& root = stack.root_policy();
  PolicySpec spec;
  spec.layers = std::move(layers);
  spec.variables = root.variables();
  spec.base_directory = std::string(stack.Scope().base_directory);
  spec.lenient_wildcards = root.lenient_wildcards();
  PolicyBuilder builder(std::move(spec));
  if (root.binding() != nullptr) builder.BindToNarrow();
  return builder.Build();
}

absl::StatusOr<std::shared_ptr<const Policy>> NarrowingOf(
    const ContextStack& stack, std::shared_ptr<const Policy> policy) {
  if (policy == nullptr) {
    return absl::InvalidArgumentError("expected a policy that narrows");
  }
  if (policy->layers().empty()) return nullptr;
  const Policy& root = stack.root_policy();
  for (const auto& declared : policy->signatures()) {
    const auto it = root.signatures().find(declared.first);
    if (it == root.signatures().end() || it->second != declared.second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the policy that narrows declares \"", declared.first,
                       "\" otherwise than the context's own policy does"));
    }
  }
  if (root.binding() == nullptr && policy->binding() == nullptr) return policy;
  return PolicyBuilder(policy->spec()).BindToNarrow(policy).Build();
}

}  // namespace internal
}  // namespace postern
