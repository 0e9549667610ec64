#ifndef POSTERN_TESTS_VECTORS_CSP_VECTORS_H_
#define POSTERN_TESTS_VECTORS_CSP_VECTORS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace testing {

// What came of one line about Content-Security-Policy.
struct CspOutcome {
  enum class Kind { kPassed, kFailed, kInformation, kDivergence };
  Kind kind = Kind::kPassed;
  std::string
      message;  // of a failure what is wrong, of a divergence the reason
};

// Answers a line of csp.jsonl. NotFound if the line is about something else;
// InvalidArgument if it is malformed. Kinds that are information only are told
// apart; so are the lines on which we decide otherwise on purpose, with the
// section of the specification that decides.
absl::StatusOr<CspOutcome> RunCspVector(absl::string_view line);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_VECTORS_CSP_VECTORS_H_
