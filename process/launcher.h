#ifndef POSTERN_PROCESS_LAUNCHER_H_
#define POSTERN_PROCESS_LAUNCHER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "process/child.h"
#include "process/launch_plan.h"
#include "process/limits.h"
#include "process/start_steps.h"

namespace postern {
namespace process {

// How a start went that gave no child.
struct LaunchReport {
  std::vector<StepResult> steps;
  std::vector<LimitResult> limits;
  // Paths of masks that nothing was at. Not told if there are more than 256
  // masks.
  std::vector<std::string> absent_masks;
};

// Starts a program as `plan` says. Between it and this process is another, the
// keeper, which holds time limits, measures, and ends all of the tree when the
// program ends and when this process does, however that happens.
//
// Either the program runs and every step was done (or is unavailable, and
// plan.best_effort allows that), or nothing was started and nothing is left;
// `report`, if not null, tells of the steps in both cases. Errors:
// InvalidArgument of CheckPlan; FailedPrecondition for what is unavailable;
// NotFound, PermissionDenied or Internal for a step that failed, which the
// message names.
//
// Safe in programs with threads, and whatever they do with SIGCHLD and their
// children: waitpid(-1) does not see the keeper.
absl::StatusOr<Child> Launch(const LaunchPlan& plan,
                             LaunchReport* report = nullptr);

// What would hold the limits of `plan`, by trial: a cgroup is made as for a
// start, given the limits, and removed. Nothing is started.
std::vector<LimitResult> TryLimits(const LaunchPlan& plan);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_LAUNCHER_H_
