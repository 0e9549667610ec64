#ifndef POSTERN_NET_SOCKET_ADDRESS_H_
#define POSTERN_NET_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include "net/endpoint.h"
#include "net/resolver.h"

namespace postern {
namespace net {

// An endpoint in the form of system calls.
struct SocketAddress {
  struct sockaddr_storage storage = {};
  socklen_t size = 0;

  const struct sockaddr* get() const {
    return reinterpret_cast<const struct sockaddr*>(&storage);
  }
  struct sockaddr* get() {
    return reinterpret_cast<struct sockaddr*>(&storage);
  }
};

// Converts an address with a port, an abstract name or a vsock endpoint.
// Returns an errno, 0 for success: EINVAL for an endpoint that has no such
// form, ENODEV for a zone that no interface has. IPv4 addresses are always
// AF_INET.
int ToSocketAddress(const Endpoint& endpoint, SocketAddress* address);

// As ToSocketAddress(), for where to connect or send to. 0.0.0.0 becomes
// 127.0.0.1 and "::" becomes ::1, which is what was decided: Linux would take
// 0.0.0.0 for the socket's own address, whichever that is by then (ip(7),
// INADDR_ANY).
int ToDestination(const Endpoint& endpoint, SocketAddress* address);

// Converts what getsockname(2) and the like return. False for families that are
// no endpoints, and for unix sockets without a name.
bool ToEndpoint(const SocketAddress& address, Endpoint* endpoint);

// Converts an AF_INET or AF_INET6 address; false for any other.
bool ReadIpAddress(const struct sockaddr* address, socklen_t size,
                   ResolvedAddress* resolved);

// What the resolver found, with `port`.
Endpoint ToEndpoint(const ResolvedAddress& resolved, uint32_t port);

// AF_INET, AF_INET6, AF_UNIX, AF_VSOCK; AF_UNSPEC for a name.
int FamilyOf(const Endpoint& endpoint);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_SOCKET_ADDRESS_H_
