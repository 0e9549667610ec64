#ifndef POSTERN_TESTS_PERMISSION_ENGINE_UNDER_TEST_H_
#define POSTERN_TESTS_PERMISSION_ENGINE_UNDER_TEST_H_

#include <memory>

#include "absl/status/statusor.h"
#include "permission/access.h"
#include "permission/context.h"
#include "permission/decision.h"
#include "permission/policy.h"
#include "permission/testing/random_policy.h"

namespace postern {
namespace testing {

// The engine, set up as a RandomStack says: a bare policy, or a context over it
// once something was dropped.
class EngineUnderTest {
 public:
  static absl::StatusOr<EngineUnderTest> Build(const RandomStack& stack);

  Decision Check(const Access& access) const;
  const Policy& policy() const { return *policy_; }

 private:
  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<PermissionContext> context_;  // null without drops
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_ENGINE_UNDER_TEST_H_
