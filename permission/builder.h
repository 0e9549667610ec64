#ifndef POSTERN_PERMISSION_BUILDER_H_
#define POSTERN_PERMISSION_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/layer.h"
#include "permission/path_binding.h"
#include "permission/policy.h"

namespace postern {

namespace internal {
class PathBinder;
}

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
  // Adds a whole rule to it, with its source, reason and limits, as those of
  // PresetRules() (permission/backstop/preset.h).
  PolicyBuilder& Add(Rule rule);

  PolicyBuilder& AddLayer(Layer layer);
  PolicyBuilder& DeclareFunction(absl::string_view function,
                                 std::vector<std::string> parameters);
  PolicyBuilder& SetBaseDirectory(absl::string_view path);
  PolicyBuilder& SetVariable(absl::string_view name, absl::string_view value);

  // If no enforcing layer denies by default, every access is denied. With this
  // it is allowed instead, unless a rule says otherwise.
  PolicyBuilder& AllowUnconfined(UnconfinedToken token);

  // Binds the policy to the file system as it is when Build() runs. The literal
  // beginning of each pattern is resolved, links included, and the pattern
  // holds for the name that it leads to; Policy::binding() tells what was
  // found. `previous` is the bound policy that was approved: a beginning that
  // leads elsewhere now is denied under both names and allowed under neither.
  // Without `previous` all that is found counts as approved. See
  // docs/policy_reference.md#binding.
  PolicyBuilder& Bind(PathBindingOptions options = {},
                      std::shared_ptr<const Policy> previous = nullptr);
  // Binds layers that will narrow a bound policy. Their denials cover the name
  // as written as well, and there will be no Policy::binding(). `previous` is
  // as in Bind(), and may be unbound.
  PolicyBuilder& BindToNarrow(std::shared_ptr<const Policy> previous = nullptr);

  // InvalidArgument with the rule's source, the column in the pattern and what
  // was expected; nothing partial is returned.
  absl::StatusOr<std::shared_ptr<const Policy>> Build() const;

 private:
  enum class Binding : uint8_t { kNone, kPolicy, kNarrowing };

  absl::StatusOr<std::shared_ptr<internal::PathBinder>> MakeBinder() const;
  static absl::Status BindPolicy(internal::PathBinder* binder, Policy* policy);
  static bool MayWrite(const Policy& policy, absl::string_view path);
  static bool MayReplace(const Policy& policy, absl::string_view link);
  static absl::Status CheckLinks(const internal::PathBinder& binder,
                                 const Policy& policy);

  PolicySpec spec_;
  bool unconfined_ = false;
  Binding binding_ = Binding::kNone;
  PathBindingOptions binding_options_;
  std::shared_ptr<const Policy> previous_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BUILDER_H_
