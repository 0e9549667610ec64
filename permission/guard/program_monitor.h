#ifndef POSTERN_PERMISSION_GUARD_PROGRAM_MONITOR_H_
#define POSTERN_PERMISSION_GUARD_PROGRAM_MONITOR_H_

#include <memory>

#include "absl/types/span.h"
#include "fs/path_monitor.h"
#include "permission/access.h"
#include "permission/context.h"

namespace postern {
namespace internal {

// The reference monitor by which the program of one command is opened: a name
// may be opened if the command with it and `args` may be started. It only
// checks: nobody is asked, and no use is taken, before all of a command is
// known. Borrows `args`. Not Ready() unless the root's policy is bound.
std::shared_ptr<fs::PathMonitor> MakeProgramMonitor(
    std::shared_ptr<const PermissionContext> context,
    absl::Span<const CallArg> args, bool through);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_PROGRAM_MONITOR_H_
