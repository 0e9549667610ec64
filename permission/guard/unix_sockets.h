#ifndef POSTERN_PERMISSION_GUARD_UNIX_SOCKETS_H_
#define POSTERN_PERMISSION_GUARD_UNIX_SOCKETS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "fs/options.h"
#include "net/guarded_net.h"
#include "net/net_status.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"

namespace postern {

// Unix sockets by path, decided by `context`, which must not be null. A socket
// is decided as a file (fs.read and fs.write to connect, fs.write to bind) and
// as an endpoint ("unix:/run/x", net.connect or net.listen), both by the name
// that it has once links are followed. FailedPrecondition if the root's policy
// is not bound (PolicyBuilder::Bind()) and the options do not accept that.
// `files` is for the look-up of paths; its kinds of files do not count. Its
// `naming` must be the one of the guest's own fs::GuardedFs: only then do
// renames and binds take turns, so that no bind ends in a folder that a rename
// moves meanwhile.
absl::StatusOr<std::shared_ptr<net::UnixSockets>> MakeUnixSockets(
    std::shared_ptr<PermissionContext> context, fs::GuardedFsOptions files,
    PathMonitorOptions options = PathMonitorOptions());

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_UNIX_SOCKETS_H_
