#ifndef POSTERN_BINDINGS_C_SOCKETS_H_
#define POSTERN_BINDINGS_C_SOCKETS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bindings/c/handles.h"
#include "bindings/c/postern/network.h"
#include "net/endpoint.h"
#include "net/guarded_net.h"
#include "net/net_status.h"
#include "net/purpose.h"
#include "net/socket.h"
#include "net/wait.h"
#include "permission/context.h"
#include "permission/permission.h"

struct postern_network {
  std::shared_ptr<postern::PermissionContext> context;
  std::unique_ptr<const postern::net::GuardedNet> net;
};

struct postern_cancellation {
  postern::net::Cancellation cancellation;
};

struct postern_socket {
  postern::net::Socket socket;
  std::string local, peer;

  // After every call that may have changed them.
  void Refresh();
};

namespace postern {
namespace c {

// What may be done for a purpose. kUnknown below is for what no rule refuses.
Permission PermissionFor(net::Purpose purpose);
Outcome OutcomeOf(const net::NetStatus& status, Permission permission,
                  absl::string_view asked);

absl::Status ReadEndpoint(const char* text, size_t size, net::Endpoint* out);
absl::Status ReadPurpose(postern_purpose purpose, net::Purpose* out);
absl::Status ReadTransport(postern_transport transport, net::Transport* out);
// Null is without end.
absl::Status ReadWait(const postern_wait* given, net::Wait* out);
// A socket for the caller.
Outcome SocketOut(net::NetResult<net::Socket> made, Permission permission,
                  absl::string_view asked, postern_socket** out);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_SOCKETS_H_
