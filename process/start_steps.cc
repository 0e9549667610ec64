#include "process/start_steps.h"

#include "absl/strings/str_cat.h"

namespace postern {
namespace process {

absl::string_view StepName(Step step) {
  switch (step) {
    case Step::kSession:
      return "session";
    case Step::kCgroup:
      return "cgroup";
    case Step::kDevices:
      return "devices";
    case Step::kDirectory:
      return "directory";
    case Step::kNamespaces:
      return "namespaces";
    case Step::kDescriptors:
      return "descriptors";
    case Step::kLimits:
      return "limits";
    case Step::kNice:
      return "nice";
    case Step::kIdentity:
      return "identity";
    case Step::kCapabilities:
      return "capabilities";
    case Step::kNoNewPrivs:
      return "no-new-privileges";
    case Step::kLandlock:
      return "landlock";
    case Step::kSyscallFilter:
      return "syscall-filter";
    case Step::kStart:
      return "start";
  }
  return "";
}

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotAsked:
      return "not asked for";
    case Outcome::kDone:
      return "done";
    case Outcome::kUnavailable:
      return "unavailable";
    case Outcome::kFailed:
      return "failed";
  }
  return "";
}

std::string StepsText(const std::vector<StepResult>& steps) {
  std::string text;
  for (const StepResult& step : steps) {
    if (step.outcome == Outcome::kNotAsked) continue;
    absl::StrAppend(&text, StepName(step.step), ": ",
                    OutcomeName(step.outcome));
    if (!step.note.empty()) absl::StrAppend(&text, " (", step.note, ")");
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace process
}  // namespace postern
