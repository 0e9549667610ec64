#include "permission/testing/naive_policy.h"
#include "tests/vectors/vector_run.h"

namespace postern {
namespace testing {

absl::StatusOr<VectorAnswer> AnswerByOracle(const VectorCase& c) {
  absl::StatusOr<NaivePolicy> policy = NaivePolicy::Build(c.spec);
  if (!policy.ok()) return policy.status();
  VectorAnswer answer;
  c.access.View([&](const Access& access) {
    const NaiveAnswer said = policy->Check(access);
    answer = {said.effect, said.would_deny};
  });
  return answer;
}

}  // namespace testing
}  // namespace postern
