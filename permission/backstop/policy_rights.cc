#include "permission/backstop/policy_rights.h"

#include <algorithm>
#include <utility>

#include "permission/builder.h"
#include "permission/guard/context_parts.h"
#include "permission/guard/path_monitor.h"

namespace postern {
namespace {

bool EndsItself(const Rule& rule) {
  return rule.effect == Effect::kAllow && rule.limits.any();
}

// What is left of a layer when all limits are reached. A question stays one.
void EndLimits(Layer* layer) {
  std::vector<Rule>& rules = layer->rules;
  rules.erase(std::remove_if(rules.begin(), rules.end(), EndsItself),
              rules.end());
  for (Rule& rule : rules) rule.limits = RuleLimits();
}

bool HasLimits(const PolicySpec& spec) {
  for (const Layer& layer : spec.layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.limits.any()) return true;
    }
  }
  return false;
}

bool Grants(const PolicySpec& spec) {
  return std::any_of(spec.layers.begin(), spec.layers.end(),
                     [](const Layer& layer) {
                       return layer.mode == Mode::kEnforce &&
                              layer.default_effect == Effect::kDeny;
                     });
}

// `policy` once all limits are reached, as a context of its own.
absl::StatusOr<std::shared_ptr<PermissionContext>> WithoutLimits(
    const std::shared_ptr<const Policy>& policy, PolicySpec spec) {
  for (Layer& layer : spec.layers) EndLimits(&layer);
  const bool grants = Grants(spec);
  PolicyBuilder builder(std::move(spec));
  // It only narrows what another context grants.
  if (!grants) {
    builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  }
  if (policy->binding() != nullptr) builder.Bind({}, policy);
  absl::StatusOr<std::shared_ptr<const Policy>> built = builder.Build();
  if (!built.ok()) return built.status();
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(*std::move(built), {});
  if (!root.ok()) return root.status();
  return std::move(root->context);
}

}  // namespace

absl::StatusOr<PolicyRights> PolicyRights::Make(
    std::shared_ptr<PermissionContext> context, Approximation approximation) {
  PolicyRights rights(approximation);
  internal::ContextParts parts = internal::PartsOf(*context);
  rights.policies_ = std::move(parts.policies);
  rights.dropped_ = parts.dropped;
  rights.AddContext(std::move(context));
  for (size_t i = 0; i < rights.policies_.size(); ++i) {
    rights.AddRules(i);
    PolicySpec spec = rights.policies_[i]->spec();
    if (approximation == Approximation::kWider || !HasLimits(spec)) continue;
    auto strict = WithoutLimits(rights.policies_[i], std::move(spec));
    if (!strict.ok()) return strict.status();
    rights.AddContext(*std::move(strict));
  }
  return rights;
}

void PolicyRights::AddContext(std::shared_ptr<PermissionContext> context) {
  PathMonitorOptions options;
  options.accept_unbound_policy = true;
  monitors_.push_back(MakePathMonitor(context, options));
  contexts_.push_back(std::move(context));
}

void PolicyRights::AddRules(size_t policy) {
  PolicySpec spec = policies_[policy]->spec();
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    for (Rule& rule : spec.layers[i].rules) {
      RulePaths paths(rule, *policies_[policy]);
      rules_.push_back({std::move(rule), policy, i, std::move(paths)});
    }
  }
}

bool PolicyRights::Allows(const Access& access) const {
  const Effect least =
      approximation_ == Approximation::kWider ? Effect::kAsk : Effect::kAllow;
  return std::all_of(contexts_.begin(), contexts_.end(),
                     [&](const std::shared_ptr<PermissionContext>& context) {
                       return context->Check(access).effect() >= least;
                     });
}

bool PolicyRights::AllowsPath(Permission permission,
                              absl::string_view path) const {
  return Allows(Access::CanonicalPath(permission, path));
}

bool PolicyRights::AllowsSubtree(Permission permission,
                                 absl::string_view path) const {
  return Allows(Access::CanonicalSubtree(permission, path));
}

bool PolicyRights::IsUniformBelow(absl::string_view path) const {
  return std::all_of(monitors_.begin(), monitors_.end(),
                     [&](const std::shared_ptr<fs::PathMonitor>& monitor) {
                       return monitor->IsUniformBelow(
                           fs::Right::kRead | fs::Right::kWrite, path);
                     });
}

}  // namespace postern
