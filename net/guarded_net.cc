#include "net/guarded_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "net/name_access.h"
#include "net/socket_address.h"

// Deciding, and connecting. Listening is in guarded_listen.cc, datagrams are
// in guarded_datagrams.cc.

namespace postern {
namespace net {
namespace {

// Names and addresses need a port; a name that reads as another kind of
// endpoint would be decided as that.
bool IsWhole(const Endpoint& endpoint) {
  switch (endpoint.kind()) {
    case Endpoint::Kind::kName:
      return endpoint.port().has_value() && !endpoint.host().IsReserved();
    case Endpoint::Kind::kAddress:
      return endpoint.port().has_value();
    case Endpoint::Kind::kUnix:
    case Endpoint::Kind::kAbstract:
    case Endpoint::Kind::kVsock:
      return true;
  }
  return false;
}

NetStatus Invalid(int error_number) {
  return NetStatus::Refused(error_number, Refusal::kInvalid);
}

// How connect(2), which went on without us, ended.
int PendingError(int fd) {
  int pending = 0;
  socklen_t size = sizeof(pending);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &size) == 0 ? pending
                                                                    : errno;
}

}  // namespace

GuardedNet::GuardedNet(std::shared_ptr<NetMonitor> monitor,
                       GuardedNetOptions options)
    : monitor_(std::move(monitor)), options_(std::move(options)) {
  if (options_.resolver == nullptr) options_.resolver = MakeSystemResolver();
}

NetResult<std::vector<CheckedEndpoint>> GuardedNet::Prepare(
    Purpose purpose, const Endpoint& endpoint, const Wait& wait) const {
  if (!IsWhole(endpoint)) return Invalid(EINVAL);
  if (endpoint.kind() == Endpoint::Kind::kName) {
    return PrepareName(purpose, endpoint, wait);
  }
  const CheckedEndpoint checked(purpose, endpoint);
  // A path is decided where its links lead, by who follows them.
  if (endpoint.kind() != Endpoint::Kind::kUnix) {
    Verdict verdict = monitor_->Check(purpose, endpoint);
    // A denial that is about to be acted on is the monitor's to record.
    if (!verdict.allowed && !verdict.asks) {
      verdict = monitor_->Enforce(purpose, endpoint);
      if (!verdict.allowed) {
        return NetStatus::Denied(verdict, purpose, endpoint);
      }
    }
  }
  return std::vector<CheckedEndpoint>{checked};
}

NetResult<std::vector<CheckedEndpoint>> GuardedNet::PrepareName(
    Purpose purpose, const Endpoint& name, const Wait& wait) const {
  const Verdict verdict = monitor_->Enforce(purpose, name);
  if (!verdict.allowed) return NetStatus::Denied(verdict, purpose, name);
  const LookUpResult found = AskResolver(name.host(), wait);
  if (found.error_number != 0) return NetStatus::Error(found.error_number);
  if (found.addresses.empty()) return NetStatus::Error(ENOENT);
  const auto access = std::make_shared<NameAccess>(found.addresses.size());
  const auto checked = [&](const ResolvedAddress& resolved) {
    CheckedEndpoint one(purpose, ToEndpoint(resolved, *name.port()));
    one.name_ = name;
    one.access_ = access;
    return one;
  };
  std::vector<CheckedEndpoint> usable;
  for (const ResolvedAddress& resolved : found.addresses) {
    CheckedEndpoint one = checked(resolved);
    const Verdict second =
        monitor_->CheckResolved(purpose, name, one.endpoint());
    if (second.allowed || second.asks) usable.push_back(std::move(one));
  }
  if (!usable.empty()) return usable;
  // A denial that is about to be acted on is the monitor's to record.
  const CheckedEndpoint first = checked(found.addresses[0]);
  NetStatus status = EnforceAddress(first);
  if (!status.ok()) return status;
  return std::vector<CheckedEndpoint>{first};
}

// A resolver that tells more than it should is not listened to for longer.
LookUpResult GuardedNet::AskResolver(const HostName& name,
                                     const Wait& wait) const {
  LookUpResult found = options_.resolver->LookUp(name, wait);
  if (found.addresses.size() > Resolver::kMaxAddresses) {
    found.addresses.resize(Resolver::kMaxAddresses);
  }
  return found;
}

NetStatus GuardedNet::Enforce(const CheckedEndpoint& checked) const {
  if (checked.name().has_value() && !checked.access_->Try()) {
    const Verdict verdict =
        monitor_->Enforce(checked.purpose(), *checked.name());
    if (!verdict.allowed) {
      return NetStatus::Denied(verdict, checked.purpose(), *checked.name());
    }
  }
  return EnforceAddress(checked);
}

NetStatus GuardedNet::EnforceAddress(const CheckedEndpoint& checked) const {
  const Verdict verdict =
      checked.name().has_value()
          ? monitor_->EnforceResolved(checked.purpose(), *checked.name(),
                                      checked.endpoint())
          : monitor_->Enforce(checked.purpose(), checked.endpoint());
  return verdict.allowed ? NetStatus()
                         : NetStatus::Denied(verdict, checked.purpose(),
                                             checked.endpoint());
}

NetResult<std::vector<ResolvedAddress>> GuardedNet::LookUp(
    const HostName& name, const Wait& wait) const {
  const Verdict verdict = monitor_->EnforceLookUp(name);
  if (!verdict.allowed) {
    return NetStatus::Denied(verdict, Purpose::kConnect,
                             Endpoint::Name(name, absl::nullopt));
  }
  LookUpResult found = AskResolver(name, wait);
  if (found.error_number != 0) return NetStatus::Error(found.error_number);
  return std::move(found.addresses);
}

NetResult<Socket> GuardedNet::Open(SocketKind kind) const {
  SocketKind offered;
  if (!SocketKind::FromNumbers(kind.family, kind.type(), 0, &offered)) {
    return Invalid(EAFNOSUPPORT);
  }
  const int fd =
      socket(kind.family, kind.type() | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return NetStatus::Error(errno);
  Socket opened(fd, kind);
  // IPv4 addresses are decided as such, and so go through sockets of theirs.
  const int on = 1;
  if (kind.family == AF_INET6 &&
      setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) {
    return NetStatus::Error(errno);
  }
  return opened;
}

// The socket and the endpoint are for this use, and for one another.
NetStatus GuardedNet::CheckFits(const CheckedEndpoint& checked, Purpose purpose,
                                const Socket& socket) const {
  if (!socket.valid()) return Invalid(EBADF);
  if (checked.purpose() != purpose) return Invalid(EINVAL);
  if (socket.kind().family != FamilyOf(checked.endpoint())) {
    return Invalid(EAFNOSUPPORT);
  }
  return NetStatus();
}

NetStatus GuardedNet::Connect(const CheckedEndpoint& to, const Wait& wait,
                              Socket* socket) const {
  NetStatus status = CheckFits(to, Purpose::kConnect, *socket);
  if (!status.ok()) return status;
  if (to.endpoint().kind() == Endpoint::Kind::kUnix) {
    return ConnectPath(to.endpoint(), wait, socket);
  }
  SocketAddress address;
  int error = ToDestination(to.endpoint(), &address);
  if (error != 0) return NetStatus::Error(error);
  status = Enforce(to);
  if (!status.ok()) return status;
  error = connect(socket->fd(), address.get(), address.size) == 0 ? 0 : errno;
  // Interrupted or not, it goes on (connect(2)).
  if (error == EINPROGRESS || error == EINTR) {
    error = WaitFor(socket->fd(), POLLOUT, wait);
    if (error != 0) {
      // The attempt goes on, and would answer for the socket's next one.
      *socket = Socket();
      return NetStatus::Error(error);
    }
    error = PendingError(socket->fd());
  }
  if (error != 0) return NetStatus::Error(error);
  if (to.access_ != nullptr) to.access_->End();
  // With the zone as a number, as received datagrams have it.
  Endpoint peer;
  socket->peer_ = ToEndpoint(address, &peer) ? peer : to.endpoint();
  return CheckPeer(to.endpoint(), socket);
}

NetStatus GuardedNet::ConnectPath(const Endpoint& endpoint, const Wait& wait,
                                  Socket* socket) const {
  if (options_.unix_sockets == nullptr) {
    return NetStatus::Refused(EACCES, Refusal::kUnenforceable);
  }
  const int error = wait.Error();
  if (error != 0) return NetStatus::Error(error);
  NetStatus status =
      options_.unix_sockets->Connect(socket->fd(), endpoint.path());
  if (!status.ok()) return status;
  socket->peer_ = endpoint;
  return CheckPeer(endpoint, socket);
}

bool GuardedNet::MayUse(const Endpoint& endpoint,
                        const PeerCredentials& peer) const {
  return endpoint.kind() != Endpoint::Kind::kAbstract ||
         options_.abstract_names == nullptr ||
         options_.abstract_names->MayUse(endpoint.abstract(), peer);
}

// Anybody may take an abstract name that is free: who did is asked afterwards,
// before a byte is sent. Datagram sockets have no peer that could be told.
NetStatus GuardedNet::CheckPeer(const Endpoint& endpoint,
                                Socket* socket) const {
  if (socket->kind().family != AF_UNIX) return NetStatus();
  socket->credentials_ = PeerOf(socket->fd());
  if (MayUse(endpoint, socket->credentials_.value_or(PeerCredentials()))) {
    return NetStatus();
  }
  *socket = Socket();
  return NetStatus::Refused(ECONNREFUSED, Refusal::kOwner);
}

NetResult<Socket> GuardedNet::Connect(const Endpoint& endpoint,
                                      Transport transport,
                                      const Wait& wait) const {
  const auto prepared = Prepare(Purpose::kConnect, endpoint, wait);
  if (!prepared.ok()) return prepared.status();
  NetStatus last;
  for (const CheckedEndpoint& to : *prepared) {
    NetResult<Socket> opened = Open({FamilyOf(to.endpoint()), transport});
    last = opened.ok() ? Connect(to, wait, &*opened) : opened.status();
    if (last.ok()) return std::move(*opened);
    if (wait.Error() != 0) break;
  }
  return last;
}

}  // namespace net
}  // namespace postern
