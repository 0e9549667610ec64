#include "permission/policy.h"

#include "absl/base/attributes.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/outcome.h"
#include "permission/internal/query.h"
#include "permission/internal/rule_table.h"
#include "permission/internal/system_time.h"

namespace postern {

Policy::Policy() = default;
Policy::~Policy() = default;

Decision Policy::Check(const Access& access) const {
  return internal::HasShortPath(access, compiled_->base_directory(),
                                binding_.get())
             ? CheckIn<fs::ShortPathComponents>(access)
             : CheckIn<fs::AnyPathComponents>(access);
}

template <typename Path>
Decision Policy::CheckIn(const Access& access) const {
  if (internal::IsOnePath(access) &&
      (binding_ == nullptr || access.is_canonical())) {
    const absl::optional<Decision> decision = CheckPathIn<Path>(access);
    if (decision.has_value()) return *decision;
  }
  return CheckQueryIn<Path>(access);
}

// Apart from CheckQueryIn(), so that one stack serves both.
template <typename Path>
ABSL_ATTRIBUTE_NOINLINE absl::optional<Decision> Policy::CheckPathIn(
    const Access& access) const {
  Path path;
  if (!path.Split(compiled_->base_directory(), access.text())) {
    return internal::DecisionParts::Make(Effect::kDeny,
                                         Reason::kInvalidResource);
  }
  Decision fused;
  if (!compiled_->FindPath(path, PermissionSet(access.permission()).bits(),
                           &fused)) {
    return absl::nullopt;
  }
  return compiled_->grants() ? fused : DecideAlone(fused);
}

// Without a layer that denies by default.
Decision Policy::DecideAlone(const Decision& fused) const {
  internal::Outcome outcome;
  if (unconfined_) outcome.AllowUnconfined();
  outcome.AddFused(fused, /*grants=*/false, {});
  return outcome.Decide();
}

template <typename Path>
ABSL_ATTRIBUTE_NOINLINE Decision
Policy::CheckQueryIn(const Access& access) const {
  internal::QueryScope scope;
  scope.base_directory = compiled_->base_directory();
  scope.signatures = &frame_.signatures;
  scope.binding = binding_.get();
  if (compiled_->reads_clock()) scope.now = internal::SystemTime();
  return Decide(internal::QueryIn<Path>(access, scope));
}

Decision Policy::Decide(const internal::Query& query) const {
  if (query.invalid() != Reason::kNone) {
    return internal::DecisionParts::Make(Effect::kDeny, query.invalid());
  }
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
