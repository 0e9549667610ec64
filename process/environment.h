#ifndef POSTERN_PROCESS_ENVIRONMENT_H_
#define POSTERN_PROCESS_ENVIRONMENT_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace process {

// A variable by which who sets it makes a program run or load something else
// than what it was started for.
struct SteeringVariable {
  absl::string_view name;  // with "*" at the end: all that begin so
  absl::string_view read_by;
  absl::string_view source;  // the manual that says so
};

// All that are known, sorted by name. A variable that is not here is not known,
// which is not "harmless".
absl::Span<const SteeringVariable> SteeringVariables();

// The row for `name`; null if there is none.
const SteeringVariable* FindSteeringVariable(absl::string_view name);

// Which variables a program is given, and which were left out. Names alone are
// for reports and logs: values may be secrets.
struct Environment {
  enum class Why {
    kNotAllowed,
    kSteers,   // a steering variable, see above
    kInvalid,  // no "NAME=value", or given before
  };
  struct LeftOut {
    std::string name;  // what stands before the "="
    Why why;
  };
  std::vector<std::string> variables;  // NAME=value, in the order given
  std::vector<LeftOut> left_out;
};

// Those of `given` (NAME=value) that `allows` takes by their names and that do
// not steer, unless `may_steer` takes those as well. Of two with one name the
// first stays, as for getenv(3), and the other one is left out: programs
// disagree about which counts.
Environment FilterEnvironment(
    absl::Span<const std::string> given,
    absl::FunctionRef<bool(absl::string_view name)> allows,
    absl::FunctionRef<bool(absl::string_view name)> may_steer);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_ENVIRONMENT_H_
