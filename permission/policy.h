#ifndef POSTERN_PERMISSION_POLICY_H_
#define POSTERN_PERMISSION_POLICY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "permission/access.h"
#include "permission/decision.h"
#include "permission/layer.h"
#include "permission/policy_warning.h"

namespace postern {

class PathBinding;

namespace internal {
class CompiledPolicy;
class Query;
class RuleTable;
struct PolicyParts;
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
  // and without a session. PermissionContext::Check adds drops, parents and the
  // session. For a path the answer is only advice (TOCTOU): names are taken
  // lexically, in the spellings that binding found, and nothing is looked up.
  Decision Check(const Access& access) const;

  const std::vector<PolicyWarning>& warnings() const { return warnings_; }
  // The stack as it was given, for reports: a copy of every rule.
  PolicySpec spec() const;
  // The stack's layers, without a copy.
  const std::vector<LayerSummary>& layers() const;
  // Rule `number` of a Decision; nullopt if there is none. Allocates.
  absl::optional<Rule> FindRule(uint32_t number) const;
  // What the policy was built with.
  const Signatures& signatures() const { return frame_.signatures; }
  const std::map<std::string, std::string>& variables() const {
    return frame_.variables;
  }
  const std::string& base_directory() const { return frame_.base_directory; }
  bool lenient_wildcards() const { return frame_.lenient_wildcards; }
  // AllowUnconfined() was used to build this.
  bool unconfined() const { return unconfined_; }

  // Where the patterns' prefixes led when this was built; null if it was not
  // bound.
  const PathBinding* binding() const { return binding_.get(); }

 private:
  friend class PolicyBuilder;
  friend struct internal::PolicyParts;
  class Asked;
  Policy();
  Decision Decide(const internal::Query& query) const;  // a valid one

  PolicySpec frame_;  // without layers
  std::vector<PolicyWarning> warnings_;
  bool unconfined_ = false;
  std::unique_ptr<const PathBinding> binding_;
  std::unique_ptr<const internal::RuleTable> rules_;
  std::unique_ptr<const internal::CompiledPolicy> compiled_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_POLICY_H_
