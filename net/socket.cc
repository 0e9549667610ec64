#include "net/socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace postern {
namespace net {
namespace {

bool IsInternet(int domain) { return domain == AF_INET || domain == AF_INET6; }

bool ReadTransport(int domain, int type, Transport* transport) {
  switch (type) {
    case SOCK_STREAM:
      *transport = Transport::kStream;
      return true;
    case SOCK_DGRAM:
      *transport = Transport::kDatagram;
      return true;
    case SOCK_SEQPACKET:
      *transport = Transport::kSeqPacket;
      return !IsInternet(domain);
  }
  return false;
}

}  // namespace

bool SocketKind::FromNumbers(int domain, int type, int protocol,
                             SocketKind* kind) {
  if (!IsInternet(domain) && domain != AF_UNIX && domain != AF_VSOCK) {
    return false;
  }
  type &= ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (!ReadTransport(domain, type, &kind->transport)) return false;
  kind->family = domain;
  if (protocol == 0) return true;
  return IsInternet(domain) &&
         protocol == (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
}

int SocketKind::type() const {
  switch (transport) {
    case Transport::kStream:
      return SOCK_STREAM;
    case Transport::kDatagram:
      return SOCK_DGRAM;
    case Transport::kSeqPacket:
      return SOCK_SEQPACKET;
  }
  return SOCK_STREAM;
}

// Without a peer the ids are -1, and the process is 0.
absl::optional<PeerCredentials> PeerOf(int socket) {
  struct ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.uid == static_cast<uid_t>(-1)) {
    return absl::nullopt;
  }
  return PeerCredentials{peer.pid, peer.uid, peer.gid};
}

}  // namespace net
}  // namespace postern
