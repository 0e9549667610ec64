#ifndef POSTERN_PERMISSION_POLICY_H_
#define POSTERN_PERMISSION_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "permission/access.h"
#include "permission/decision.h"
#include "permission/layer.h"
#include "permission/path_binding.h"
#include "permission/policy_warning.h"

namespace postern {

namespace internal {
class CompiledPolicy;
class Query;
}  // namespace internal

// An immutable stack of compiled layers. Made by PolicyBuilder.
// Thread-safe; a check neither locks nor allocates, save in RE2's cache where a
// rule has a regular expression.
class Policy {
 public:
  ~Policy();
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  // Decides `access` by this policy alone, at absl::Now() if any rule expires
  // and without a session. PermissionContext::Check adds drops, parents and
  // the session. Paths are taken lexically, by the spellings that binding
  // found: advisory, nothing is looked up.
  Decision Check(const Access& access) const;

  const std::vector<PolicyWarning>& warnings() const { return warnings_; }
  // The stack as it was given, for Explain and reports.
  const PolicySpec& spec() const { return spec_; }
  // Rule `number` of a Decision: which rule of which layer; null if none.
  const Rule* FindRule(uint32_t number) const;
  // AllowUnconfined() was used to build this.
  bool unconfined() const { return unconfined_; }

  // Where the patterns' prefixes led when this was built; null if it was not
  // bound.
  const PathBinding* binding() const { return binding_.get(); }

  const internal::CompiledPolicy& compiled() const { return *compiled_; }

 private:
  friend class PolicyBuilder;
  Policy();
  Decision Decide(const internal::Query& query) const;

  PolicySpec spec_;
  std::vector<PolicyWarning> warnings_;
  bool unconfined_ = false;
  std::unique_ptr<const PathBinding> binding_;
  std::unique_ptr<const internal::CompiledPolicy> compiled_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_POLICY_H_
