#include "permission/policy.h"

#include "absl/time/clock.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/outcome.h"
#include "permission/internal/query.h"

namespace postern {

Policy::Policy() = default;
Policy::~Policy() = default;

Decision Policy::Check(const Access& access) const {
  internal::QueryScope scope;
  scope.base_directory = compiled_->base_directory();
  scope.signatures = &spec_.signatures;
  scope.binding = binding_.get();
  if (compiled_->reads_clock()) scope.now = absl::Now();
  return Decide(internal::Query(access, scope));
}

Decision Policy::Decide(const internal::Query& query) const {
  if (query.invalid() != Reason::kNone) {
    return Decision(Effect::kDeny, query.invalid());
  }
  internal::Outcome outcome;
  if (unconfined_) outcome.AllowUnconfined();
  outcome.Add(*compiled_, query, {}, /*trace=*/nullptr);
  return outcome.Decide();
}

const Rule* Policy::FindRule(uint32_t number) const {
  for (size_t i = spec_.layers.size(); i-- > 0;) {
    const uint32_t first = compiled_->first_rule(i);
    if (number < first) continue;
    const std::vector<Rule>& rules = spec_.layers[i].rules;
    return number - first < rules.size() ? &rules[number - first] : nullptr;
  }
  return nullptr;
}

}  // namespace postern
