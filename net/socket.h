#ifndef POSTERN_NET_SOCKET_H_
#define POSTERN_NET_SOCKET_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "fs/base/file_descriptor.h"
#include "net/endpoint.h"

namespace postern {
namespace net {

// What a socket carries. Nothing else is made: no raw, packet or netlink
// sockets, no protocol but the family's usual one.
enum class Transport : uint8_t { kStream, kDatagram, kSeqPacket };

// What socket(2) is asked for, as far as it is offered.
struct SocketKind {
  int family = 0;  // AF_INET, AF_INET6, AF_UNIX or AF_VSOCK
  Transport transport = Transport::kStream;

  // False for every other family, type, protocol or bit: raw(7), packet(7),
  // netlink(7), SCTP, multipath TCP. SOCK_CLOEXEC and SOCK_NONBLOCK may be
  // given, and are set on every socket anyway.
  static bool FromNumbers(int domain, int type, int protocol, SocketKind* kind);
  int type() const;  // SOCK_*
};

// Who is at the other end of a unix socket, as the kernel saw it when it was
// connected (unix(7), SO_PEERCRED). A process id may be another one's by now:
// a registry compares start times, or holds a pidfd.
struct PeerCredentials {
  pid_t pid = 0;  // 0: not known, as of a process in another namespace
  uid_t uid = 0;
  gid_t gid = 0;
};
// The peer of a unix socket; nullopt if there is none that the kernel could
// tell.
absl::optional<PeerCredentials> PeerOf(int socket);

// A socket and what it may be used for: a capability that GuardedNet makes.
// Move-only; one thread at a time. The host reads and writes the bytes of a
// connected one through fd(). Always non-blocking, closed on exec.
class Socket {
 public:
  Socket() = default;
  Socket(Socket&& other) noexcept = default;
  Socket& operator=(Socket&& other) noexcept = default;

  bool valid() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  // The caller closes the descriptor. Nothing decides its use from then on.
  int Release() { return fd_.Release(); }
  const SocketKind& kind() const { return kind_; }
  // The endpoint that it is bound to under a grant to listen, as the kernel
  // gave it.
  const absl::optional<Endpoint>& local() const { return local_; }
  bool listening() const { return listening_; }
  // The other end of a connected or accepted one, if it has a name.
  const absl::optional<Endpoint>& peer() const { return peer_; }
  // Who is at the other end of a connected or accepted unix socket.
  const absl::optional<PeerCredentials>& credentials() const {
    return credentials_;
  }

 private:
  friend class GuardedNet;

  Socket(int fd, SocketKind kind) : fd_(fd), kind_(kind) {}

  fs::FileDescriptor fd_;
  SocketKind kind_;
  absl::optional<Endpoint> local_;
  absl::optional<Endpoint> local_name_;  // that led to local_, if one did
  bool listening_ = false;
  absl::optional<Endpoint> peer_;
  absl::optional<PeerCredentials> credentials_;
  // Where datagrams went: without a grant to listen only these may answer.
  std::vector<Endpoint> sent_to_;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_SOCKET_H_
