#ifndef POSTERN_PERMISSION_BUILDER_H_
#define POSTERN_PERMISSION_BUILDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "permission/layer.h"
#include "permission/policy.h"

namespace postern {

// The right to build a policy that grants what no rule grants. Whoever writes
// this name says so in the source, where a reviewer can find it.
struct UnconfinedToken {
  static UnconfinedToken IKnowThatNothingWillBeDenied() { return {}; }
};

// Collects layers and rules, then makes an immutable Policy of them. Not
// thread-safe. Errors are reported by Build(), which names the rule's source.
class PolicyBuilder {
 public:
  PolicyBuilder() = default;
  explicit PolicyBuilder(PolicySpec spec) : spec_(std::move(spec)) {}

  // Shorthands that add a rule to the layer "grants" (default deny, made on
  // first use).
  PolicyBuilder& Allow(PermissionSet permissions, RulePattern pattern);
  PolicyBuilder& Ask(PermissionSet permissions, RulePattern pattern);
  PolicyBuilder& Deny(PermissionSet permissions, RulePattern pattern);

  PolicyBuilder& AddLayer(Layer layer);
  PolicyBuilder& DeclareFunction(absl::string_view function,
                                 std::vector<std::string> parameters);
  PolicyBuilder& SetBaseDirectory(absl::string_view path);
  PolicyBuilder& SetVariable(absl::string_view name, absl::string_view value);

  // Without a layer that denies by default, allow instead of deny.
  PolicyBuilder& AllowUnconfined(UnconfinedToken token);

  // InvalidArgument with the rule's source, the column in the pattern and what
  // was expected; nothing partial is returned.
  absl::StatusOr<std::shared_ptr<const Policy>> Build() const;

 private:
  PolicyBuilder& Add(Effect effect, PermissionSet permissions,
                     RulePattern pattern);

  PolicySpec spec_;
  bool unconfined_ = false;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BUILDER_H_
