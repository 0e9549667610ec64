#ifndef POSTERN_NET_GUARDED_NET_H_
#define POSTERN_NET_GUARDED_NET_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/endpoint.h"
#include "net/host_name.h"
#include "net/net_monitor.h"
#include "net/net_status.h"
#include "net/purpose.h"
#include "net/resolver.h"
#include "net/socket.h"
#include "net/wait.h"

namespace postern {
namespace net {

class NameAccess;

// Connects and binds unix sockets that have a name in the file system; whoever
// decides files implements it. Both calls follow links first, decide the file
// and the unix endpoint by the name that results, and act on what they decided:
// a link that is exchanged meanwhile (TOCTOU) changes nothing. Thread-safe.
class UnixSockets {
 public:
  virtual ~UnixSockets() = default;
  virtual NetStatus Connect(int socket, absl::string_view path) = 0;
  virtual NetStatus Bind(int socket, absl::string_view path) = 0;
};

// Says who owns abstract names, and who may be at their other end. Any process
// can take an abstract name that is free; this keeps one app from posing as
// another. It is asked beside the monitor, not instead of it. The kernel does
// not say whose datagrams are: there the peer is all zeros, and the question
// comes before anything is sent or received. Thread-safe.
class AbstractNames {
 public:
  virtual ~AbstractNames() = default;
  virtual bool MayBind(absl::string_view name) = 0;
  // Somebody connected to our `name`.
  virtual bool MayAccept(absl::string_view name,
                         const PeerCredentials& peer) = 0;
  // We connected to `name`, and `peer` listens there.
  virtual bool MayUse(absl::string_view name, const PeerCredentials& peer) = 0;
};

// An endpoint that was allowed: an address or a socket, never a name. Only
// GuardedNet makes it, and decides it once more when it is used, as rules may
// have changed since. A value type.
class CheckedEndpoint {
 public:
  Purpose purpose() const { return purpose_; }
  const Endpoint& endpoint() const { return endpoint_; }
  // The name that led here, if there was one.
  const absl::optional<Endpoint>& name() const { return name_; }

 private:
  friend class GuardedNet;
  CheckedEndpoint(Purpose purpose, Endpoint endpoint)
      : purpose_(purpose), endpoint_(std::move(endpoint)) {}

  Purpose purpose_;
  Endpoint endpoint_;
  absl::optional<Endpoint> name_;
  std::shared_ptr<NameAccess> access_;  // of name_; null if there is none
};

struct GuardedNetOptions {
  // Null: MakeSystemResolver().
  std::shared_ptr<Resolver> resolver;
  // Null: unix sockets by path are refused.
  std::shared_ptr<UnixSockets> unix_sockets;
  // Null: the monitor alone decides on abstract names.
  std::shared_ptr<AbstractNames> abstract_names;
};

// Network operations that decide and act in one, against DNS rebinding and
// SSRF: a name is looked up once, each of its addresses is decided by itself,
// and the socket is connected or bound to an address that was decided, whatever
// the resolver would say the next time. NOT enforced: where a proxy leads (the
// endpoint to ask about is the proxy), and what the guest says inside a
// connection (TLS server names, Host headers).
// Thread-safe, except that one Socket must not be in two calls at a time.
class GuardedNet {
 public:
  // `monitor` must not be null.
  GuardedNet(std::shared_ptr<NetMonitor> monitor, GuardedNetOptions options);
  GuardedNet(const GuardedNet&) = delete;
  GuardedNet& operator=(const GuardedNet&) = delete;

  // Returns what may be used for `endpoint`, at least one: the endpoint itself,
  // or for a name those of its addresses that are allowed, in the resolver's
  // order. A name that is not allowed is not looked up, as a look-up could
  // carry data out. If all addresses are denied, the status is that of the
  // first. The decision on a name holds for one connection, listener or
  // datagram; a later one decides the name again. A name or address needs a
  // port.
  NetResult<std::vector<CheckedEndpoint>> Prepare(Purpose purpose,
                                                  const Endpoint& endpoint,
                                                  const Wait& wait) const;
  // The addresses of a name, to be told to a guest. They give no right: to
  // connect to one of them is decided as an address without a name.
  NetResult<std::vector<ResolvedAddress>> LookUp(const HostName& name,
                                                 const Wait& wait) const;

  // A socket that is neither bound nor connected, and may do nothing yet.
  NetResult<Socket> Open(SocketKind kind) const;
  // connect(2). A datagram socket may be connected again. A socket that was not
  // connected in time is closed.
  NetStatus Connect(const CheckedEndpoint& to, const Wait& wait,
                    Socket* socket) const;
  // bind(2), also for sockets that will not listen. With port 0 the port that
  // the kernel chooses is decided too, before anything can arrive there. An
  // IPv6 socket takes no IPv4 connections.
  NetStatus Bind(const CheckedEndpoint& at, Socket* socket) const;
  // listen(2). A socket that was not bound gets any port on every address, and
  // needs the grant for that.
  NetStatus Listen(int backlog, Socket* socket) const;
  // accept4(2) of a listening socket.
  NetResult<Socket> Accept(const Socket& socket, const Wait& wait) const;

  // Prepare(), and a connection to the first that takes it.
  NetResult<Socket> Connect(const Endpoint& endpoint, Transport transport,
                            const Wait& wait) const;
  // Prepare(), a socket bound to the first, with SO_REUSEADDR for streams, and
  // unless it is for datagrams listening.
  NetResult<Socket> Listen(const Endpoint& endpoint, Transport transport,
                           int backlog, const Wait& wait) const;

  // One datagram from a socket that need not be connected, to an address or an
  // abstract name. At most kMaxPeers different ones from a socket that is not
  // bound under a grant to listen.
  static constexpr size_t kMaxPeers = 1024;
  NetResult<size_t> SendTo(absl::string_view bytes, const CheckedEndpoint& to,
                           Socket* socket) const;
  struct Datagram {
    std::string bytes;
    absl::optional<Endpoint> from;  // nullopt: a unix socket without a name
  };
  // Waits for a datagram of at most `max_bytes`; EMSGSIZE for a longer one.
  // A socket without a grant to listen gets answers alone: datagrams from where
  // it sent none are thrown away.
  NetResult<Datagram> ReceiveFrom(Socket* socket, size_t max_bytes,
                                  const Wait& wait) const;

 private:
  NetResult<std::vector<CheckedEndpoint>> PrepareName(Purpose purpose,
                                                      const Endpoint& name,
                                                      const Wait& wait) const;
  LookUpResult AskResolver(const HostName& name, const Wait& wait) const;
  NetStatus Enforce(const CheckedEndpoint& checked) const;
  NetStatus EnforceAddress(const CheckedEndpoint& checked) const;
  bool MayUse(const Endpoint& endpoint, const PeerCredentials& peer) const;
  NetStatus CheckFits(const CheckedEndpoint& checked, Purpose purpose,
                      const Socket& socket) const;
  NetStatus ConnectPath(const Endpoint& endpoint, const Wait& wait,
                        Socket* socket) const;
  NetStatus CheckPeer(const Endpoint& endpoint, Socket* socket) const;
  NetStatus BindAddress(const CheckedEndpoint& at, Socket* socket) const;
  bool MayBind(const Endpoint& endpoint, const SocketKind& kind) const;
  NetStatus CheckGivenPort(Socket* socket) const;
  Verdict CheckListening(const Socket& socket) const;
  NetStatus CheckStillListening(const Socket& socket) const;
  bool Admits(const Socket& listener, Socket* accepted) const;
  bool MayAnswer(const Socket& socket,
                 const absl::optional<Endpoint>& from) const;

  const std::shared_ptr<NetMonitor> monitor_;
  GuardedNetOptions options_;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_GUARDED_NET_H_
