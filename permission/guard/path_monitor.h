#ifndef POSTERN_PERMISSION_GUARD_PATH_MONITOR_H_
#define POSTERN_PERMISSION_GUARD_PATH_MONITOR_H_

#include <memory>

#include "absl/time/time.h"
#include "fs/path_monitor.h"
#include "permission/context.h"
#include "permission/decision.h"

namespace postern {

struct PathMonitorOptions {
  // How long Enforce() waits for a person, by the context's clock.
  absl::Duration ask_timeout = absl::InfiniteDuration();
  // Objects are decided by their canonical names. A policy that was not bound
  // (PolicyBuilder::Bind()) takes the names in its rules as they are written,
  // so that a rule whose name passes a link matches nothing: neither its grant
  // nor its denial counts. Therefore such a policy is refused, unless this is
  // set.
  bool accept_unbound_policy = false;
};

// The reference monitor of guarded file operations. It decides by `context`,
// which must not be null: kRead is fs.read, kWrite is fs.write. What the
// context drops and what is published counts at once, and each call decides on
// one set of snapshots. Of several rights the strictest answer is the verdict;
// no rights at all are a denial, and so is a path that is not absolute. It is
// not Ready() if the root's policy is not bound: FailedPrecondition. The host
// binds what it publishes later.
//
// Enforce() may take uses and then be denied: by a person who is asked for the
// next right, or because the rules changed meanwhile. What was taken is not
// given back.
std::shared_ptr<fs::PathMonitor> MakePathMonitor(
    std::shared_ptr<PermissionContext> context,
    PathMonitorOptions options = PathMonitorOptions());

// What was decided, for PermissionContext::Explain(). All-zero bytes are a
// denial.
Decision DecisionOf(const fs::Verdict& verdict);

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_PATH_MONITOR_H_
