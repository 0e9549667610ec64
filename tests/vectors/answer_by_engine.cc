#include <memory>

#include "permission/builder.h"
#include "permission/policy.h"
#include "tests/vectors/vector_run.h"

namespace postern {
namespace testing {

absl::StatusOr<VectorAnswer> AnswerByEngine(const VectorCase& c) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(c.spec).Build();
  if (!policy.ok()) return policy.status();
  VectorAnswer answer;
  c.access.View([&](const Access& access) {
    const Decision said = (*policy)->Check(access);
    answer = {said.effect(), said.would_deny()};
  });
  return answer;
}

}  // namespace testing
}  // namespace postern
