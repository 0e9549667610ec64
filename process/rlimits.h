#ifndef POSTERN_PROCESS_RLIMITS_H_
#define POSTERN_PROCESS_RLIMITS_H_

#include <vector>

#include "process/child_steps.h"
#include "process/launch_plan.h"
#include "process/limits.h"

namespace postern {
namespace process {

// What the child sets by setrlimit(2): limits that are its own, and those that
// no cgroup holds, if that is better than nothing. `results` has the limits
// that a cgroup holds, and gets a line for each of the others: also for one
// that nobody can hold (LimitLevel::kNone), with the reason.
std::vector<RlimitValue> PlanRlimits(const LaunchPlan& plan,
                                     std::vector<LimitResult>* results);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_RLIMITS_H_
