#ifndef POSTERN_BINDINGS_CLI_LAUNCH_OPTIONS_H_
#define POSTERN_BINDINGS_CLI_LAUNCH_OPTIONS_H_

#include "absl/status/status.h"
#include "bindings/cli/arguments.h"
#include "process/launch_plan.h"

namespace postern {
namespace cli {

// Puts what --memory, --cpu-share, --cpu-time, --processes, --file-size,
// --open-files, --disk-use, --wall-time, --grace, --nice and --user say into
// the plan. InvalidArgument, which names the option, what it takes and what was
// given, for anything that is not exactly that.
absl::Status ReadLaunchOptions(const Arguments& arguments,
                               process::LaunchPlan* plan);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_LAUNCH_OPTIONS_H_
