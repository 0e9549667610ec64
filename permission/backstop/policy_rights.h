#ifndef POSTERN_PERMISSION_BACKSTOP_POLICY_RIGHTS_H_
#define POSTERN_PERMISSION_BACKSTOP_POLICY_RIGHTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/path_monitor.h"
#include "permission/access.h"
#include "permission/backstop/approximation.h"
#include "permission/backstop/rule_paths.h"
#include "permission/context.h"
#include "permission/layer.h"
#include "permission/permission.h"
#include "permission/policy.h"

namespace postern {

// What a context grants to code that nobody can ask about, or take a use from:
// its own decisions, made strict or generous where they are not the last word.
// Thread-safe; holds on to the context.
class PolicyRights {
 public:
  // One rule of the context, with its place.
  struct PlacedRule {
    Rule rule;
    size_t policy = 0;  // of policies()
    size_t layer = 0;   // of policies()[policy]->layers()
    RulePaths paths;    // the files that it is about
  };

  // An error if a policy without limited rules cannot be built.
  static absl::StatusOr<PolicyRights> Make(
      std::shared_ptr<PermissionContext> context, Approximation approximation);

  bool Allows(const Access& access) const;
  // By canonical names.
  bool AllowsPath(Permission permission, absl::string_view path) const;
  bool AllowsSubtree(Permission permission, absl::string_view path) const;
  // Whether all names beneath get one answer; a no may be wrong.
  bool IsUniformBelow(absl::string_view path) const;

  const std::vector<std::shared_ptr<const Policy>>& policies() const {
    return policies_;
  }
  const std::vector<PlacedRule>& rules() const { return rules_; }
  const LayerSummary& LayerOf(const PlacedRule& placed) const {
    return policies_[placed.policy]->layers()[placed.layer];
  }
  // Whether the context gave up something of it.
  bool Dropped(Permission permission) const {
    return dropped_.Contains(permission);
  }
  Approximation approximation() const { return approximation_; }

 private:
  explicit PolicyRights(Approximation approximation)
      : approximation_(approximation) {}
  void AddContext(std::shared_ptr<PermissionContext> context);
  void AddRules(size_t policy);

  Approximation approximation_;
  // All must grant it: the context itself; for each policy with rules whose
  // grant ends, one that holds it without them.
  std::vector<std::shared_ptr<PermissionContext>> contexts_;
  std::vector<std::shared_ptr<fs::PathMonitor>> monitors_;
  std::vector<std::shared_ptr<const Policy>> policies_;
  std::vector<PlacedRule> rules_;
  PermissionSet dropped_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_POLICY_RIGHTS_H_
