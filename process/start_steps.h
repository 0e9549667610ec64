#ifndef POSTERN_PROCESS_START_STEPS_H_
#define POSTERN_PROCESS_START_STEPS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {
namespace process {

// The steps of a start, in the order of execution. All but the last happen
// before the program's first instruction.
enum class Step {
  kSession,
  kCgroup,
  kDevices,
  kDirectory,
  kNamespaces,
  kDescriptors,
  kLimits,
  kNice,
  kIdentity,
  kCapabilities,
  kNoNewPrivs,
  kLandlock,
  kSyscallFilter,
  kStart,
};
constexpr int kStepCount = 14;
absl::string_view StepName(Step step);

enum class Outcome { kNotAsked, kDone, kUnavailable, kFailed };
absl::string_view OutcomeName(Outcome outcome);

struct StepResult {
  Step step = Step::kStart;
  Outcome outcome = Outcome::kNotAsked;
  int error = 0;     // errno, of what was not done
  std::string note;  // which way, or why not
};

// A line for each step that was asked for: "landlock: done".
std::string StepsText(const std::vector<StepResult>& steps);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_START_STEPS_H_
