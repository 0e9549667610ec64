#ifndef POSTERN_TESTS_VECTORS_VECTOR_CASE_H_
#define POSTERN_TESTS_VECTORS_VECTOR_CASE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "permission/layer.h"
#include "permission/rule.h"
#include "permission/testing/owned_access.h"

namespace postern {
namespace testing {

// One line of a vector file about decisions: the policy that it sets up, what
// it asks, and what it expects.
struct VectorCase {
  std::string id;
  PolicySpec spec;
  OwnedAccess access;
  Effect expect = Effect::kDeny;
  absl::optional<bool> would_deny;
};

// Reads a line. Unimplemented for forms that exist and are not run yet
// (commands, Content-Security-Policy); InvalidArgument with what is wrong for
// anything else that is no case.
absl::StatusOr<VectorCase> ReadVectorCase(absl::string_view line);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_VECTORS_VECTOR_CASE_H_
