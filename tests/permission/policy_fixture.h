#ifndef POSTERN_TESTS_PERMISSION_POLICY_FIXTURE_H_
#define POSTERN_TESTS_PERMISSION_POLICY_FIXTURE_H_

#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"

namespace postern {
namespace testing {

inline Rule MakeRule(Effect effect, PermissionSet permissions,
                     RulePattern pattern = RulePattern::Whole()) {
  Rule rule;
  rule.effect = effect;
  rule.permissions = permissions;
  rule.pattern = std::move(pattern);
  return rule;
}

inline Rule MakeRule(Effect effect, PermissionSet permissions,
                     const char* pattern) {
  return MakeRule(effect, permissions, RulePattern::Text(pattern));
}

// A rule of one line in a table.
struct RuleRow {
  Effect effect;
  Permission permission;
  const char* pattern;
};

inline Layer MakeLayer(const char* name, Effect default_effect,
                       const std::vector<RuleRow>& rows) {
  Layer layer;
  layer.name = name;
  layer.default_effect = default_effect;
  for (const RuleRow& row : rows) {
    layer.rules.push_back(
        MakeRule(row.effect, PermissionSet(row.permission), row.pattern));
  }
  return layer;
}

inline std::shared_ptr<const Policy> BuildOrDie(std::vector<Layer> layers) {
  PolicySpec spec;
  spec.layers = std::move(layers);
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(std::move(spec)).Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *policy : *PolicyBuilder().Build();
}

// One layer that allows one thing.
inline std::shared_ptr<const Policy> Allowing(Permission permission,
                                              const char* pattern) {
  return BuildOrDie({MakeLayer("grants", Effect::kDeny,
                               {{Effect::kAllow, permission, pattern}})});
}

// For tests whose rules pass no link.
inline PathMonitorOptions AcceptUnbound() {
  PathMonitorOptions options;
  options.accept_unbound_policy = true;
  return options;
}

inline RootContext MakeContext(std::shared_ptr<const Policy> policy,
                               ContextOptions options = {}) {
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(std::move(policy), std::move(options));
  EXPECT_TRUE(root.ok()) << root.status();
  return *std::move(root);
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_POLICY_FIXTURE_H_
