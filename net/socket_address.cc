#include "net/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "net/port_range.h"

namespace postern {
namespace net {
namespace {

template <typename Raw>
void Store(const Raw& raw, socklen_t size, SocketAddress* address) {
  static_assert(sizeof(raw) <= sizeof(address->storage), "fits");
  memcpy(&address->storage, &raw, sizeof(raw));
  address->size = size;
}

// What the kernel left out is zero.
template <typename Raw>
Raw Load(const void* bytes, socklen_t size) {
  Raw raw = {};
  memcpy(&raw, bytes, size < sizeof(raw) ? size : sizeof(raw));
  return raw;
}

// The number of the interface; 0 if there is none of that name or number.
uint32_t InterfaceOf(absl::string_view zone) {
  uint32_t number = 0;
  const std::string name(zone);
  if (ParseDecimal(zone, UINT32_MAX, &number)) {
    char known[IF_NAMESIZE];
    return if_indextoname(number, known) != nullptr ? number : 0;
  }
  return if_nametoindex(name.c_str());
}

int FromAddress(const Endpoint& endpoint, SocketAddress* address) {
  if (!endpoint.port().has_value()) return EINVAL;
  const in_port_t port = htons(static_cast<uint16_t>(*endpoint.port()));
  if (endpoint.address().is_v4()) {
    struct sockaddr_in raw = {};
    raw.sin_family = AF_INET;
    raw.sin_port = port;
    raw.sin_addr.s_addr = htonl(endpoint.address().v4());
    Store(raw, sizeof(raw), address);
    return 0;
  }
  struct sockaddr_in6 raw = {};
  raw.sin6_family = AF_INET6;
  raw.sin6_port = port;
  memcpy(&raw.sin6_addr, endpoint.address().bytes().data(), 16);
  if (!endpoint.zone().empty()) {
    raw.sin6_scope_id = InterfaceOf(endpoint.zone());
    if (raw.sin6_scope_id == 0) return ENODEV;
  }
  Store(raw, sizeof(raw), address);
  return 0;
}

// unix(7): an abstract name begins with NUL and has no end but the size.
void FromAbstract(absl::string_view name, SocketAddress* address) {
  struct sockaddr_un raw = {};
  raw.sun_family = AF_UNIX;
  memcpy(raw.sun_path + 1, name.data(), name.size());
  Store(raw,
        static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + 1 +
                               name.size()),
        address);
}

void FromVsock(const Endpoint& endpoint, SocketAddress* address) {
  struct sockaddr_vm raw = {};
  raw.svm_family = AF_VSOCK;
  raw.svm_cid = endpoint.cid();
  raw.svm_port = *endpoint.port();
  Store(raw, sizeof(raw), address);
}

// The kernel tells a size beyond the structure if a path has no room for its
// NUL (unix(7), BUGS).
bool UnixEndpoint(const SocketAddress& address, Endpoint* endpoint) {
  const auto raw = Load<struct sockaddr_un>(&address.storage, address.size);
  constexpr size_t kBegin = offsetof(struct sockaddr_un, sun_path);
  if (address.size <= kBegin) return false;
  const size_t size =
      std::min<size_t>(address.size - kBegin, sizeof(raw.sun_path));
  if (raw.sun_path[0] == '\0') {
    return Endpoint::Abstract({raw.sun_path + 1, size - 1}, endpoint);
  }
  return Endpoint::Unix({raw.sun_path, strnlen(raw.sun_path, size)}, endpoint);
}

}  // namespace

int ToSocketAddress(const Endpoint& endpoint, SocketAddress* address) {
  switch (endpoint.kind()) {
    case Endpoint::Kind::kAddress:
      return FromAddress(endpoint, address);
    case Endpoint::Kind::kAbstract:
      FromAbstract(endpoint.abstract(), address);
      return 0;
    case Endpoint::Kind::kVsock:
      FromVsock(endpoint, address);
      return 0;
    case Endpoint::Kind::kName:
    case Endpoint::Kind::kUnix:
      return EINVAL;
  }
  return EINVAL;
}

int ToDestination(const Endpoint& endpoint, SocketAddress* address) {
  const int error = ToSocketAddress(endpoint, address);
  if (error != 0 || endpoint.kind() != Endpoint::Kind::kAddress) return error;
  if (endpoint.address() == IpAddress::V4(0)) {
    auto raw = Load<struct sockaddr_in>(&address->storage, address->size);
    raw.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Store(raw, sizeof(raw), address);
  } else if (endpoint.address() == IpAddress()) {
    auto raw = Load<struct sockaddr_in6>(&address->storage, address->size);
    raw.sin6_addr = in6addr_loopback;
    Store(raw, sizeof(raw), address);
  }
  return 0;
}

bool ToEndpoint(const SocketAddress& address, Endpoint* endpoint) {
  switch (address.storage.ss_family) {
    case AF_INET:
    case AF_INET6: {
      ResolvedAddress resolved;
      if (!ReadIpAddress(address.get(), address.size, &resolved)) return false;
      // The port is at the same place in both.
      const auto raw = Load<struct sockaddr_in>(&address.storage, address.size);
      *endpoint = ToEndpoint(resolved, ntohs(raw.sin_port));
      return true;
    }
    case AF_UNIX:
      return UnixEndpoint(address, endpoint);
    case AF_VSOCK: {
      if (address.size < sizeof(struct sockaddr_vm)) return false;
      const auto raw = Load<struct sockaddr_vm>(&address.storage, address.size);
      *endpoint = Endpoint::Vsock(raw.svm_cid, raw.svm_port);
      return true;
    }
  }
  return false;
}

bool ReadIpAddress(const struct sockaddr* address, socklen_t size,
                   ResolvedAddress* resolved) {
  if (address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
    const auto raw = Load<struct sockaddr_in>(address, size);
    *resolved = {IpAddress::V4(ntohl(raw.sin_addr.s_addr)), 0};
    return true;
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
    const auto raw = Load<struct sockaddr_in6>(address, size);
    IpAddress::Bytes bytes;
    memcpy(bytes.data(), &raw.sin6_addr, bytes.size());
    *resolved = {IpAddress::V6(bytes), raw.sin6_scope_id};
    return true;
  }
  return false;
}

Endpoint ToEndpoint(const ResolvedAddress& resolved, uint32_t port) {
  if (resolved.interface == 0) return Endpoint::Address(resolved.address, port);
  Endpoint endpoint;
  SyntaxError error;
  const std::string text = absl::StrCat("[", resolved.address.ToString(), "%",
                                        resolved.interface, "]:", port);
  // Only link-local addresses take a zone.
  return Endpoint::Parse(text, &endpoint, &error)
             ? endpoint
             : Endpoint::Address(resolved.address, port);
}

int FamilyOf(const Endpoint& endpoint) {
  switch (endpoint.kind()) {
    case Endpoint::Kind::kName:
      return AF_UNSPEC;
    case Endpoint::Kind::kAddress:
      return endpoint.address().is_v4() ? AF_INET : AF_INET6;
    case Endpoint::Kind::kUnix:
    case Endpoint::Kind::kAbstract:
      return AF_UNIX;
    case Endpoint::Kind::kVsock:
      return AF_VSOCK;
  }
  return AF_UNSPEC;
}

}  // namespace net
}  // namespace postern
