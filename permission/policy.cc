#include "permission/policy.h"

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/one_check.h"
#include "permission/internal/outcome.h"
#include "permission/internal/query.h"
#include "permission/internal/rule_table.h"
#include "permission/internal/system_time.h"

namespace postern {

Policy::Policy() = default;
Policy::~Policy() = default;

// What a check by this policy alone asks.
class Policy::Asked {
 public:
  explicit Asked(const Policy& policy) : policy_(policy) {}

  absl::string_view BaseDirectory() const {
    return policy_.compiled_->base_directory();
  }
  const PathBinding* binding() const { return policy_.binding_.get(); }

  absl::optional<Decision> DecidePath(const fs::PathComponents& path,
                                      Permission permission) const {
    const internal::CompiledPolicy& compiled = *policy_.compiled_;
    Decision fused;
    if (!compiled.FindPath(path, PermissionSet(permission).bits(), &fused)) {
      return absl::nullopt;
    }
    return internal::DecideAlone(fused, compiled.grants(), policy_.unconfined_);
  }

  internal::QueryScope Scope() const {
    internal::QueryScope scope;
    scope.base_directory = BaseDirectory();
    scope.signatures = &policy_.frame_.signatures;
    scope.binding = binding();
    if (policy_.compiled_->reads_clock()) scope.now = internal::SystemTime();
    return scope;
  }
  Decision Decide(const internal::Query& query) const {
    return policy_.Decide(query);
  }

 private:
  const Policy& policy_;
};

Decision Policy::Check(const Access& access) const {
  const Asked asked(*this);
  return internal::OneCheck<Asked>(asked, access).Decide();
}

Decision Policy::Decide(const internal::Query& query) const {
  internal::Outcome outcome;
  if (unconfined_) outcome.AllowUnconfined();
  compiled_->Decide(query, {}, /*trace=*/nullptr, &outcome);
  return outcome.Decide();
}

PolicySpec Policy::spec() const {
  PolicySpec spec = frame_;
  for (const LayerSummary& layer : layers()) {
    spec.layers.push_back({layer.name,
                           layer.default_effect,
                           layer.precedence,
                           layer.mode,
                           layer.conceal,
                           {}});
    std::vector<Rule>& rules = spec.layers.back().rules;
    rules.reserve(layer.rule_count);
    for (uint32_t i = 0; i < layer.rule_count; ++i) {
      rules.push_back(rules_->Get(layer.first_rule + i));
    }
  }
  return spec;
}

const std::vector<LayerSummary>& Policy::layers() const {
  return rules_->layers();
}

absl::optional<Rule> Policy::FindRule(uint32_t number) const {
  if (number >= rules_->size()) return absl::nullopt;
  return rules_->Get(number);
}

}  // namespace postern
