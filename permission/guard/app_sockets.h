#ifndef POSTERN_PERMISSION_GUARD_APP_SOCKETS_H_
#define POSTERN_PERMISSION_GUARD_APP_SOCKETS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/guarded_net.h"
#include "net/socket.h"
#include "permission/principal.h"

namespace postern {

// Tells whose process it is: the host knows, as it started them. Thread-safe.
class AppRegistry {
 public:
  virtual ~AppRegistry() = default;
  // nullopt for a process that is no app's, or is gone: its number may be
  // another's by now, so compare start times or hold a pidfd.
  virtual absl::optional<Principal> AppOf(
      const net::PeerCredentials& process) = 0;
};

// The abstract name of an app's socket: "postern/APPID/name", with the app id
// without its version.
std::string AppSocketName(const Principal& app, absl::string_view name);

struct AppSocketsOptions {
  Principal self;  // whose sockets these are
  // Who may connect to this app's sockets, by the last part of the socket's
  // name. Principals are compared without their versions. Nobody may connect to
  // a name that is not here.
  std::map<std::string, std::vector<Principal>> clients;
  std::shared_ptr<AppRegistry> registry;  // not null
};

// Sockets between apps, so that no app poses as another. Beside the rules for
// "unix-abstract:postern/...", an app binds only names of its own, accepts only
// its clients, and talks to a name only if that name's app is there. The kernel
// does not say whose datagrams are: such names have none. Other abstract names
// are left to the rules.
std::shared_ptr<net::AbstractNames> MakeAppSockets(AppSocketsOptions options);

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_APP_SOCKETS_H_
