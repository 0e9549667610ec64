#ifndef POSTERN_PERMISSION_GUARD_NET_MONITOR_H_
#define POSTERN_PERMISSION_GUARD_NET_MONITOR_H_

#include <memory>

#include "absl/time/time.h"
#include "net/net_monitor.h"
#include "permission/context.h"
#include "permission/decision.h"

namespace postern {

struct NetMonitorOptions {
  // How long Enforce*() wait for a person, by the context's clock.
  absl::Duration ask_timeout = absl::InfiniteDuration();
};

// The reference monitor of guarded network operations. It decides by `context`,
// which must not be null: net.connect or net.listen for an endpoint,
// net.resolve for look-ups. What the context drops and what is published counts
// at once.
std::shared_ptr<net::NetMonitor> MakeNetMonitor(
    std::shared_ptr<PermissionContext> context,
    NetMonitorOptions options = NetMonitorOptions());

// What was decided, for PermissionContext::Explain(). All-zero bytes are a
// denial.
Decision DecisionOf(const net::Verdict& verdict);

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_NET_MONITOR_H_
