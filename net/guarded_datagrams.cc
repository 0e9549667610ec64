// Datagrams from sockets that are not connected: operations of GuardedNet.

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>

#include "net/guarded_net.h"
#include "net/name_access.h"
#include "net/socket_address.h"

namespace postern {
namespace net {
namespace {

bool Holds(const std::vector<Endpoint>& list, const Endpoint& endpoint) {
  return std::find(list.begin(), list.end(), endpoint) != list.end();
}

}  // namespace

NetResult<size_t> GuardedNet::SendTo(absl::string_view bytes,
                                     const CheckedEndpoint& to,
                                     Socket* socket) const {
  NetStatus status = CheckFits(to, Purpose::kConnect, *socket);
  if (!status.ok()) return status;
  if (socket->kind().transport != Transport::kDatagram) {
    return NetStatus::Refused(EOPNOTSUPP, Refusal::kInvalid);
  }
  // A path would be followed by the kernel, after it was decided.
  SocketAddress address;
  const int error = ToDestination(to.endpoint(), &address);
  if (error != 0) return NetStatus::Refused(error, Refusal::kInvalid);
  Endpoint peer;
  if (!ToEndpoint(address, &peer)) {
    return NetStatus::Refused(EINVAL, Refusal::kInvalid);
  }
  if (!MayUse(to.endpoint(), PeerCredentials())) {
    return NetStatus::Refused(ECONNREFUSED, Refusal::kOwner);
  }
  const bool known =
      socket->local_.has_value() || Holds(socket->sent_to_, peer);
  if (!known && socket->sent_to_.size() == kMaxPeers) {
    return NetStatus::Error(ENOBUFS);
  }
  status = Enforce(to);
  if (!status.ok()) return status;
  const ssize_t sent =
      sendto(socket->fd(), bytes.data(), bytes.size(),
             MSG_NOSIGNAL | MSG_DONTWAIT, address.get(), address.size);
  if (sent < 0) return NetStatus::Error(errno);
  if (to.access_ != nullptr) to.access_->End();
  if (!known) socket->sent_to_.push_back(peer);
  return static_cast<size_t>(sent);
}

// What lay in the queue before a socket was connected is of anybody; a unix
// socket's is thrown away by the kernel, and needs no name.
bool GuardedNet::MayAnswer(const Socket& socket,
                           const absl::optional<Endpoint>& from) const {
  if (socket.local_.has_value()) return true;
  if (socket.peer_.has_value() && socket.kind().family == AF_UNIX) return true;
  return from.has_value() &&
         (socket.peer_ == from || Holds(socket.sent_to_, *from));
}

NetResult<GuardedNet::Datagram> GuardedNet::ReceiveFrom(
    Socket* socket, size_t max_bytes, const Wait& wait) const {
  if (!socket->valid() || socket->kind().transport != Transport::kDatagram) {
    return NetStatus::Refused(EOPNOTSUPP, Refusal::kInvalid);
  }
  Datagram datagram;
  datagram.bytes.resize(max_bytes);
  for (;;) {
    SocketAddress address;
    address.size = sizeof(address.storage);
    const ssize_t size =
        recvfrom(socket->fd(), &datagram.bytes[0], max_bytes,
                 MSG_DONTWAIT | MSG_TRUNC, address.get(), &address.size);
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
      return NetStatus::Error(errno);
    }
    if (size < 0) {
      const int error = WaitFor(socket->fd(), POLLIN, wait);
      if (error != 0) return NetStatus::Error(error);
      continue;
    }
    Endpoint from;
    datagram.from.reset();
    if (address.size > 0 && ToEndpoint(address, &from)) datagram.from = from;
    if (!MayAnswer(*socket, datagram.from)) {
      const int error = wait.Error();
      if (error != 0) return NetStatus::Error(error);
      continue;
    }
    if (static_cast<size_t>(size) > max_bytes) {
      return NetStatus::Error(EMSGSIZE);
    }
    datagram.bytes.resize(static_cast<size_t>(size));
    return datagram;
  }
}

}  // namespace net
}  // namespace postern
