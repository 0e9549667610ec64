#ifndef POSTERN_PERMISSION_INTERNAL_POLICY_PARTS_H_
#define POSTERN_PERMISSION_INTERNAL_POLICY_PARTS_H_

#include "permission/policy.h"

namespace postern {
namespace internal {

// What a policy is made of, for contexts and explanations.
struct PolicyParts {
  static const CompiledPolicy& Compiled(const Policy& policy) {
    return *policy.compiled_;
  }
  static const RuleTable& Rules(const Policy& policy) { return *policy.rules_; }
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_POLICY_PARTS_H_
