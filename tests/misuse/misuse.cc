// Ways to use Postern wrongly that compilers warn of. A comment at the end of a
// line names the compilers that must warn there, and words of their warning; on
// every other line none may. See misuse_test.sh.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fs/guarded_fs.h"
#include "net/guarded_net.h"
#include "permission/context.h"
#include "permission/guard/net_monitor.h"
#include "permission/guard/path_monitor.h"

namespace postern {

void Ignores(PermissionContext& context, const fs::GuardedFs& files,
             const net::GuardedNet& net, const net::Endpoint& endpoint,
             fs::PathMonitor& paths, net::NetMonitor& names) {
  const Access access = Access::Path(Permission::kFsRead, "/srv/f");
  context.Check(access);                               // g++, clang: nodiscard
  context.Enforce(access);                             // g++, clang: nodiscard
  context.Resolve(access);                             // g++, clang: nodiscard
  files.Unlink("f");                                   // g++, clang: nodiscard
  files.ReadFile("f", 10);                             // g++, clang: nodiscard
  files.Open("f", {});                                 // g++, clang: nodiscard
  net.Connect(endpoint, net::Transport::kStream, {});  // g++, clang: nodiscard
  net.Prepare(net::Purpose::kConnect, endpoint, {});   // g++, clang: nodiscard
  paths.Enforce(fs::Right::kRead, "/f", "");           // g++, clang: nodiscard
  names.Enforce(net::Purpose::kConnect, endpoint);     // g++, clang: nodiscard
  const auto whole = RulePattern::Whole();
  context.Drop(PermissionSet::All(), whole);  // g++, clang: nodiscard
}

// The bytes of a name are gone before it is asked about.
Decision Dangles(const PermissionContext& context, const std::string& folder) {
  const std::string lasting = folder + "/f";
  const Access good = Access::Path(Permission::kFsRead, lasting);
  const Access path =
      Access::Path(Permission::kFsRead, folder + "/f");  // clang: dangling
  const Access canonical = Access::CanonicalPath(
      Permission::kFsRead, folder + "/f");  // clang: dangling
  const Access tree =
      Access::Subtree(Permission::kFsRead, folder + "/f");  // clang: dangling
  const Access below = Access::CanonicalSubtree(
      Permission::kFsRead, folder + "/f");  // clang: dangling
  const Access name =
      Access::Name(Permission::kEnvRead, folder + "X");  // clang: dangling
  const Access host = Access::Endpoint(Permission::kNetConnect,
                                       folder + ":80");  // clang: dangling
  const Access socket = Access::CanonicalEndpoint(
      Permission::kNetConnect, folder + ":80");  // clang: dangling
  const Access resolved = Access::Resolved(Permission::kNetConnect, lasting,
                                           folder + ":80");  // clang: dangling
  std::vector<Decision> decisions;
  for (const Access& access :
       {good, path, canonical, tree, below, name, host, socket, resolved}) {
    decisions.push_back(context.Check(access));
  }
  // A whole statement lasts long enough.
  decisions.push_back(
      context.Check(Access::Path(Permission::kFsRead, folder + "/f")));
  return decisions.back();
}

Access Returns(const std::string& folder) {
  return Access::Path(Permission::kFsRead, folder + "/f");  // clang: temporary
}

fs::FsStatus DanglingNames(const fs::GuardedFs& files,
                           const std::string& folder) {
  const fs::At at = folder + "/f";            // clang: dangling
  const fs::At kept(folder + "/f", nullptr);  // clang: dangling
  fs::FsStatus status = files.Unlink(kept);
  return status.ok() ? files.Unlink(at) : files.Unlink(folder + "/f");
}

size_t DanglingResults(const fs::GuardedFs& files, const net::GuardedNet& net,
                       const net::HostName& name) {
  const std::string kept = *files.ReadFile("f", 10);
  const std::string& gone = *files.ReadFile("f", 10);  // clang: dangling
  const auto& first = *net.LookUp(name, {});           // clang: dangling
  const fs::FsStatus& status = files.ReadFile("f", 10).status();
  const absl::string_view path = net::Endpoint().path();  // clang: dangling
  return kept.size() + gone.size() + first.size() + path.size() +
         static_cast<size_t>(status.error_number);
}

}  // namespace postern
