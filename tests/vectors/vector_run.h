#ifndef POSTERN_TESTS_VECTORS_VECTOR_RUN_H_
#define POSTERN_TESTS_VECTORS_VECTOR_RUN_H_

#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/rule.h"
#include "tests/vectors/vector_case.h"

namespace postern {
namespace testing {

struct VectorAnswer {
  Effect effect = Effect::kDeny;
  bool would_deny = false;
};

// Somebody who answers cases; an error if the policy cannot be built.
using VectorAnswerer = absl::StatusOr<VectorAnswer> (*)(const VectorCase&);

absl::StatusOr<VectorAnswer> AnswerByOracle(const VectorCase& c);
absl::StatusOr<VectorAnswer> AnswerByEngine(const VectorCase& c);

struct VectorTotals {
  int passed = 0;
  int failed = 0;
  int unsupported = 0;
  // Lines about Content-Security-Policy that ask nothing, and those on which
  // we decide otherwise on purpose; neither passed nor failed.
  int information = 0;
  int divergences = 0;
};

// Runs every line of `text`, a vector file called `name`; tells `out` of each
// failure, and each divergence, in a line "name:line: ...".
void RunVectors(absl::string_view name, absl::string_view text,
                VectorAnswerer answerer, std::ostream& out,
                VectorTotals* totals);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_VECTORS_VECTOR_RUN_H_
