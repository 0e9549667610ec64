// Binding, listening, accepting: operations of GuardedNet.

#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "net/guarded_net.h"
#include "net/name_access.h"
#include "net/socket_address.h"

namespace postern {
namespace net {
namespace {

NetStatus Invalid(int error_number) {
  return NetStatus::Refused(error_number, Refusal::kInvalid);
}

// The port that leaves the choice to the kernel.
bool LeavesPortOpen(const Endpoint& endpoint) {
  switch (endpoint.kind()) {
    case Endpoint::Kind::kAddress:
      return endpoint.port() == 0u;
    case Endpoint::Kind::kVsock:
      return endpoint.port() == VMADDR_PORT_ANY;
    case Endpoint::Kind::kName:
    case Endpoint::Kind::kUnix:
    case Endpoint::Kind::kAbstract:
      return false;
  }
  return false;
}

// What listen(2) would bind a socket of the family to (ip(7)).
absl::optional<Endpoint> Anywhere(int family) {
  if (family == AF_INET) return Endpoint::Address(IpAddress::V4(0), 0);
  if (family == AF_INET6) return Endpoint::Address(IpAddress(), 0);
  return absl::nullopt;
}

// Of one who connected and is no more, not of the listener (accept(2)).
bool IsOfTheConnection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO:
      return true;
  }
  return false;
}

absl::optional<Endpoint> LocalOf(int fd) {
  SocketAddress address;
  address.size = sizeof(address.storage);
  Endpoint endpoint;
  if (getsockname(fd, address.get(), &address.size) != 0 ||
      !ToEndpoint(address, &endpoint)) {
    return absl::nullopt;
  }
  return endpoint;
}

}  // namespace

NetStatus GuardedNet::Bind(const CheckedEndpoint& at, Socket* socket) const {
  NetStatus status = CheckFits(at, Purpose::kListen, *socket);
  if (!status.ok()) return status;
  if (socket->local_.has_value()) return Invalid(EINVAL);
  const Endpoint& endpoint = at.endpoint();
  if (endpoint.kind() == Endpoint::Kind::kUnix) {
    if (options_.unix_sockets == nullptr) {
      return NetStatus::Refused(EACCES, Refusal::kUnenforceable);
    }
    status = options_.unix_sockets->Bind(socket->fd(), endpoint.path());
    if (status.ok()) socket->local_ = endpoint;
    return status;
  }
  if (!MayBind(endpoint, socket->kind())) {
    return NetStatus::Refused(EACCES, Refusal::kOwner);
  }
  return BindAddress(at, socket);
}

// Nothing tells whose datagrams arrive: a name that is not for everybody gets
// none.
bool GuardedNet::MayBind(const Endpoint& endpoint,
                         const SocketKind& kind) const {
  if (endpoint.kind() != Endpoint::Kind::kAbstract ||
      options_.abstract_names == nullptr) {
    return true;
  }
  AbstractNames& names = *options_.abstract_names;
  return names.MayBind(endpoint.abstract()) &&
         (kind.transport != Transport::kDatagram ||
          names.MayAccept(endpoint.abstract(), PeerCredentials()));
}

NetStatus GuardedNet::BindAddress(const CheckedEndpoint& at,
                                  Socket* socket) const {
  SocketAddress address;
  const int error = ToSocketAddress(at.endpoint(), &address);
  if (error != 0) return NetStatus::Error(error);
  const NetStatus status = Enforce(at);
  if (!status.ok()) return status;
  if (bind(socket->fd(), address.get(), address.size) != 0) {
    return NetStatus::Error(errno);
  }
  if (at.access_ != nullptr) at.access_->End();
  socket->local_ = LocalOf(socket->fd());
  if (!socket->local_.has_value()) socket->local_ = at.endpoint();
  if (at.name().has_value()) {
    socket->local_name_ = at.name()->WithPort(*socket->local_->port());
  }
  return LeavesPortOpen(at.endpoint()) ? CheckGivenPort(socket) : NetStatus();
}

// Nothing arrives at a stream socket before it listens; a datagram socket that
// is closed again has delivered nothing.
NetStatus GuardedNet::CheckGivenPort(Socket* socket) const {
  CheckedEndpoint given(Purpose::kListen, *socket->local_);
  given.name_ = socket->local_name_;
  const Verdict verdict = CheckListening(*socket);
  NetStatus status;
  if (verdict.asks) {
    status = EnforceAddress(given);
  } else if (!verdict.allowed) {
    status = NetStatus::Denied(verdict, Purpose::kListen, given.endpoint());
  }
  if (!status.ok()) *socket = Socket();
  return status;
}

// The grant by which it was bound, as it is now.
Verdict GuardedNet::CheckListening(const Socket& socket) const {
  return monitor_->CheckHeld(Purpose::kListen, socket.local_name_,
                             *socket.local_);
}

NetStatus GuardedNet::Listen(int backlog, Socket* socket) const {
  if (!socket->valid()) return Invalid(EBADF);
  if (!socket->local_.has_value()) {
    const absl::optional<Endpoint> anywhere = Anywhere(socket->kind().family);
    if (!anywhere.has_value()) return Invalid(EINVAL);
    const NetStatus status =
        BindAddress(CheckedEndpoint(Purpose::kListen, *anywhere), socket);
    if (!status.ok()) return status;
  }
  if (listen(socket->fd(), backlog) != 0) return NetStatus::Error(errno);
  socket->listening_ = true;
  return NetStatus();
}

NetResult<Socket> GuardedNet::Accept(const Socket& socket,
                                     const Wait& wait) const {
  if (!socket.valid() || !socket.listening()) return Invalid(EINVAL);
  for (;;) {
    NetStatus status = CheckStillListening(socket);
    if (!status.ok()) return status;
    SocketAddress from;
    from.size = sizeof(from.storage);
    const int fd = accept4(socket.fd(), from.get(), &from.size,
                           SOCK_CLOEXEC | SOCK_NONBLOCK);
    int error = fd < 0 ? errno : 0;
    if (fd >= 0) {
      Socket accepted(fd, socket.kind());
      Endpoint peer;
      if (ToEndpoint(from, &peer)) accepted.peer_ = peer;
      if (Admits(socket, &accepted)) return accepted;
    } else if (error == EAGAIN) {
      error = WaitFor(socket.fd(), POLLIN, wait);
      if (error != 0) return NetStatus::Error(error);
      continue;
    } else if (!IsOfTheConnection(error)) {
      return NetStatus::Error(error);
    }
    // Those who are turned away may be without end.
    error = wait.Error();
    if (error != 0) return NetStatus::Error(error);
  }
}

// Given up since it was bound? Paths were decided by who follows them.
NetStatus GuardedNet::CheckStillListening(const Socket& socket) const {
  if (socket.local_->kind() == Endpoint::Kind::kUnix) return NetStatus();
  const Verdict verdict = CheckListening(socket);
  return verdict.allowed || verdict.asks
             ? NetStatus()
             : NetStatus::Denied(verdict, Purpose::kListen, *socket.local_);
}

// Whether who connected may do so; notes who it is.
bool GuardedNet::Admits(const Socket& listener, Socket* accepted) const {
  if (listener.kind().family != AF_UNIX) return true;
  accepted->credentials_ = PeerOf(accepted->fd());
  if (!accepted->credentials_.has_value()) return false;
  const Endpoint& local = *listener.local_;
  return local.kind() != Endpoint::Kind::kAbstract ||
         options_.abstract_names == nullptr ||
         options_.abstract_names->MayAccept(local.abstract(),
                                            *accepted->credentials_);
}

NetResult<Socket> GuardedNet::Listen(const Endpoint& endpoint,
                                     Transport transport, int backlog,
                                     const Wait& wait) const {
  const auto prepared = Prepare(Purpose::kListen, endpoint, wait);
  if (!prepared.ok()) return prepared.status();
  const CheckedEndpoint& at = (*prepared)[0];
  NetResult<Socket> opened = Open({FamilyOf(at.endpoint()), transport});
  if (!opened.ok()) return opened.status();
  const int on = 1;
  if (at.endpoint().kind() == Endpoint::Kind::kAddress &&
      transport == Transport::kStream &&
      setsockopt(opened->fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) !=
          0) {
    return NetStatus::Error(errno);
  }
  NetStatus status = Bind(at, &*opened);
  if (status.ok() && transport != Transport::kDatagram) {
    status = Listen(backlog, &*opened);
  }
  if (!status.ok()) return status;
  return std::move(*opened);
}

}  // namespace net
}  // namespace postern
