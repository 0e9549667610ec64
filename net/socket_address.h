#ifndef POSTERN_NET_SOCKET_ADDRESS_H_
#define POSTERN_NET_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include "net/endpoint.h"
#include "net/resolver.h"

namespace postern {
namespace net {

// An endpoint as system calls have it.
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

// Of an address with a port, an abstract name or a vsock endpoint. An errno:
// EINVAL for what has no such form, ENODEV for a zone that no interface has.
// Always AF_INET for IPv4 addresses.
int ToSocketAddress(const Endpoint& endpoint, SocketAddress* address);

// The same of where to connect or send to. Linux would take 0.0.0.0 for the
// socket's own address, whichever that is by then (ip(7), INADDR_ANY), and "::"
// for ::1: for them it is 127.0.0.1 and ::1, which they were decided as.
int ToDestination(const Endpoint& endpoint, SocketAddress* address);

// The endpoint of what getsockname(2) and the like tell. False for families
// that are no endpoints, and for unix sockets without a name.
bool ToEndpoint(const SocketAddress& address, Endpoint* endpoint);

// The address of an AF_INET or AF_INET6 one.
bool ReadIpAddress(const struct sockaddr* address, socklen_t size,
                   ResolvedAddress* resolved);

// The endpoint that the resolver found, with `port`.
Endpoint ToEndpoint(const ResolvedAddress& resolved, uint32_t port);

// AF_INET, AF_INET6, AF_UNIX, AF_VSOCK; AF_UNSPEC for a name.
int FamilyOf(const Endpoint& endpoint);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_SOCKET_ADDRESS_H_
