#ifndef POSTERN_PERMISSION_GUARD_OPERATION_MONITOR_H_
#define POSTERN_PERMISSION_GUARD_OPERATION_MONITOR_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "fs/path_monitor.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"

namespace postern {
namespace internal {

// A path monitor for who decides more than the path in one operation.
class OperationMonitor : public fs::PathMonitor {
 public:
  // Enforce() as a part of `operation`: a rule loses one use to all of it.
  virtual fs::Verdict EnforceIn(fs::Rights rights, absl::string_view path,
                                absl::string_view asked,
                                OneOperation* operation) = 0;
};

// The monitor that MakePathMonitor() gives.
std::shared_ptr<OperationMonitor> MakeOperationMonitor(
    std::shared_ptr<PermissionContext> context, PathMonitorOptions options);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_OPERATION_MONITOR_H_
