#ifndef POSTERN_PERMISSION_POLICY_WARNING_H_
#define POSTERN_PERMISSION_POLICY_WARNING_H_

#include <string>

#include "permission/rule.h"

namespace postern {

// Something in a policy that is legal and that its author should know. `code`
// is stable; docs/policy_reference.md#warnings lists them.
struct PolicyWarning {
  std::string code;
  std::string message;
  RuleSource source;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_POLICY_WARNING_H_
