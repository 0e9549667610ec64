#include "bindings/c/postern/network.h"

#include <errno.h>
#include <stddef.h>

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bindings/c/app_sockets.h"
#include "bindings/c/callbacks.h"
#include "bindings/c/codes.h"
#include "bindings/c/guarded.h"
#include "bindings/c/sockets.h"
#include "net/address.h"
#include "net/host_name.h"
#include "net/resolver.h"
#include "net/syntax_error.h"
#include "permission/access.h"
#include "permission/guard/net_monitor.h"
#include "permission/guard/unix_sockets.h"

struct postern_addresses {
  std::vector<postern::net::ResolvedAddress> list;
};

namespace postern {
namespace c {
namespace {

// Asks the callback of a C program.
class CallbackResolver final : public net::Resolver {
 public:
  CallbackResolver(postern_look_up_fn callback, void* user_data)
      : callback_(callback), user_data_(user_data) {}
  ~CallbackResolver() override {
    if (release_ != nullptr) release_(user_data_);
  }
  // Once the network is made.
  void ReleaseBy(void (*release)(void* user_data)) { release_ = release; }

  net::LookUpResult LookUp(const net::HostName& name,
                           const net::Wait& wait) override {
    const std::string host(name.text());
    postern_addresses addresses;
    const postern_code code = callback_(user_data_, host.c_str(), host.size(),
                                        TimeToC(wait.deadline), &addresses);
    if (code != POSTERN_E_NONE) return {ErrnoOfCode(code), {}};
    return {0, std::move(addresses.list)};
  }

 private:
  const postern_look_up_fn callback_;
  void* const user_data_;
  void (*release_)(void* user_data) = nullptr;
};

bool ParseAddress(absl::string_view text, net::IpAddress* address) {
  net::SyntaxError error;
  return net::ParseIpv4(text, address, &error) ||
         net::ParseIpv6(text, address, &error);
}

absl::Status AddUnixSockets(const postern_context& context,
                            const postern_files* files,
                            net::GuardedNetOptions* options) {
  if (files == nullptr) return absl::OkStatus();
  if (files->context != context.holder->context.get()) {
    return absl::InvalidArgumentError(
        "options: the files are another context's");
  }
  PathMonitorOptions monitor;
  monitor.ask_timeout = files->ask_timeout;
  monitor.accept_unbound_policy = files->accept_unbound;
  absl::StatusOr<std::shared_ptr<net::UnixSockets>> sockets =
      MakeUnixSockets(SharedContext(context), files->fs->options(), monitor);
  if (!sockets.ok()) return sockets.status();
  options->unix_sockets = *std::move(sockets);
  return absl::OkStatus();
}

absl::Status NewNetwork(const postern_context& context,
                        const postern_network_options* given,
                        postern_network** out) {
  postern_network_options read = {};
  net::GuardedNetOptions options;
  AppNames apps;
  absl::Status status;
  if (given != nullptr) {
    status = ReadStruct(given, "options", &read,
                        offsetof(postern_network_options, app_sockets));
  }
  if (status.ok() && read.ask_timeout_ns < 0) {
    status = absl::InvalidArgumentError("options: ask_timeout_ns is negative");
  }
  if (status.ok()) status = ReadAppSockets(read.app_sockets, &apps);
  if (status.ok()) status = AddUnixSockets(context, read.files, &options);
  if (!status.ok()) return status;
  NetMonitorOptions monitor;
  if (read.ask_timeout_ns > 0) {
    monitor.ask_timeout = absl::Nanoseconds(read.ask_timeout_ns);
  }
  options.abstract_names = apps.names;
  std::shared_ptr<CallbackResolver> resolver;
  if (read.look_up != nullptr) {
    resolver = std::make_shared<CallbackResolver>(read.look_up, read.user_data);
    options.resolver = resolver;
  }
  auto made = std::make_unique<postern_network>();
  made->context = SharedContext(context);
  made->net = std::make_unique<const net::GuardedNet>(
      MakeNetMonitor(made->context, monitor), std::move(options));
  if (resolver != nullptr) resolver->ReleaseBy(read.release);
  apps.Keep();
  *out = made.release();
  return absl::OkStatus();
}

absl::Status CheckEndpoint(const postern_network& network,
                           postern_purpose purpose, const char* endpoint,
                           size_t size, const char* address,
                           size_t address_size, postern_decision* decision) {
  net::Purpose wanted = net::Purpose::kConnect;
  net::Endpoint parsed;
  absl::string_view led_to;
  absl::Status status = ReadPurpose(purpose, &wanted);
  if (status.ok()) status = ReadEndpoint(endpoint, size, &parsed);
  if (status.ok())
    status = ReadBytes(address, address_size, "address", &led_to);
  if (!status.ok()) return status;
  const Permission permission = PermissionFor(wanted);
  const std::string text = parsed.ToString();
  *decision =
      ToC(led_to.empty()
              ? network.context->Check(Access::Endpoint(permission, text))
              : network.context->CheckResolved(permission, text, led_to));
  return absl::OkStatus();
}

Outcome LookUpHost(const postern_network& network, const char* host,
                   size_t size, const postern_wait* given,
                   postern_buffer** addresses) {
  absl::string_view text;
  net::HostName name;
  net::SyntaxError syntax;
  net::Wait wait;
  absl::Status status = ReadBytes(host, size, "host", &text);
  if (status.ok() && !net::HostName::Parse(text, &name, &syntax)) {
    status = net::ToStatus("host", text, syntax);
  }
  if (status.ok()) status = ReadWait(given, &wait);
  if (!status.ok()) return OutcomeOf(status);
  const auto found = network.net->LookUp(name, wait);
  if (!found.ok()) {
    return OutcomeOf(found.status(), Permission::kNetResolve, name.text());
  }
  std::string list;
  for (const net::ResolvedAddress& one : *found) {
    list += one.address.ToString() + '\0';
  }
  *addresses = new postern_buffer{std::move(list)};
  return Outcome();
}

// Reads what connecting and listening have in common, and calls
// `use(network, endpoint, transport, wait)`.
template <typename Use>
postern_status WithEndpoint(const postern_network* network,
                            Permission permission, const char* text,
                            size_t size, postern_transport transport,
                            const postern_wait* wait, postern_socket** socket,
                            postern_error* error, Use use) {
  if (socket != nullptr) *socket = nullptr;
  return GuardOperation(error, [&] {
    if (network == nullptr) return OutcomeOf(NullError("network"));
    if (socket == nullptr) return OutcomeOf(NullError("socket"));
    net::Endpoint endpoint;
    net::Transport kind = net::Transport::kStream;
    net::Wait until;
    absl::Status status = ReadEndpoint(text, size, &endpoint);
    if (status.ok()) status = ReadTransport(transport, &kind);
    if (status.ok()) status = ReadWait(wait, &until);
    if (!status.ok()) return OutcomeOf(status);
    return SocketOut(use(*network->net, endpoint, kind, until), permission,
                     endpoint.ToString(), socket);
  });
}

Outcome Receive(const net::GuardedNet& net, postern_socket* socket,
                uint64_t max_bytes, const postern_wait* given,
                postern_buffer** datagram, postern_buffer** from) {
  net::Wait wait;
  const absl::Status status = ReadWait(given, &wait);
  if (!status.ok()) return OutcomeOf(status);
  // No datagram is longer (udp(7), unix(7) by its buffers).
  const size_t most = max_bytes < (1 << 24) ? max_bytes : 1 << 24;
  auto got = net.ReceiveFrom(&socket->socket, most, wait);
  if (!got.ok()) return OutcomeOf(got.status(), Permission::kUnknown, "");
  auto bytes = std::make_unique<postern_buffer>();
  bytes->bytes = std::move(got->bytes);
  if (from != nullptr) {
    *from = new postern_buffer{got->from ? got->from->ToString() : ""};
  }
  *datagram = bytes.release();
  return Outcome();
}

}  // namespace

Permission PermissionFor(net::Purpose purpose) {
  return purpose == net::Purpose::kListen ? Permission::kNetListen
                                          : Permission::kNetConnect;
}

Outcome OutcomeOf(const net::NetStatus& status, Permission permission,
                  absl::string_view asked) {
  Outcome outcome;
  if (status.ok()) return outcome;
  outcome.status = status.denied() ? POSTERN_DENIED : POSTERN_SYSTEM;
  outcome.message = status.ToString();
  outcome.error_number = status.error_number;
  if (status.denied()) outcome.refusal = net::RefusalCode(status.refusal);
  outcome.decision = DecisionOf(status.verdict);
  outcome.permission = permission;
  outcome.subject = status.endpoint;
  outcome.asked = std::string(asked);
  return outcome;
}

absl::Status ReadEndpoint(const char* text, size_t size, net::Endpoint* out) {
  absl::string_view bytes;
  net::SyntaxError syntax;
  const absl::Status status = ReadBytes(text, size, "endpoint", &bytes);
  if (!status.ok()) return status;
  return net::Endpoint::Parse(bytes, out, &syntax)
             ? absl::OkStatus()
             : net::ToStatus("endpoint", bytes, syntax);
}

absl::Status ReadPurpose(postern_purpose purpose, net::Purpose* out) {
  if (purpose != POSTERN_CONNECT && purpose != POSTERN_LISTEN) {
    return absl::InvalidArgumentError("purpose: unknown");
  }
  *out = purpose == POSTERN_LISTEN ? net::Purpose::kListen
                                   : net::Purpose::kConnect;
  return absl::OkStatus();
}

absl::Status ReadTransport(postern_transport transport, net::Transport* out) {
  switch (transport) {
    case POSTERN_STREAM:
      *out = net::Transport::kStream;
      return absl::OkStatus();
    case POSTERN_DATAGRAM:
      *out = net::Transport::kDatagram;
      return absl::OkStatus();
    case POSTERN_SEQPACKET:
      *out = net::Transport::kSeqPacket;
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("transport: unknown");
  }
}

absl::Status ReadWait(const postern_wait* given, net::Wait* out) {
  *out = net::Wait();
  if (given == nullptr) return absl::OkStatus();
  postern_wait read;
  const absl::Status status = ReadStruct(given, "wait", &read);
  if (!status.ok()) return status;
  out->deadline = TimeFromC(read.deadline_unix_ns);
  if (read.cancellation != nullptr) {
    out->cancellation = &read.cancellation->cancellation;
  }
  return absl::OkStatus();
}

Outcome SocketOut(net::NetResult<net::Socket> made, Permission permission,
                  absl::string_view asked, postern_socket** out) {
  if (!made.ok()) return OutcomeOf(made.status(), permission, asked);
  auto socket = std::make_unique<postern_socket>();
  socket->socket = *std::move(made);
  socket->Refresh();
  *out = socket.release();
  return Outcome();
}

}  // namespace c
}  // namespace postern

void postern_socket::Refresh() {
  local = socket.local() ? socket.local()->ToString() : "";
  peer = socket.peer() ? socket.peer()->ToString() : "";
}

using namespace postern::c;  // NOLINT: the functions below are global
namespace net = postern::net;

postern_status postern_addresses_add(postern_addresses* addresses,
                                     const char* address, size_t size,
                                     uint32_t interface_index) {
  return Guard(nullptr, [&]() -> absl::Status {
    if (addresses == nullptr) return NullError("addresses");
    absl::string_view text;
    net::ResolvedAddress resolved;
    const absl::Status status = ReadBytes(address, size, "address", &text);
    if (!status.ok()) return status;
    if (!ParseAddress(text, &resolved.address)) {
      return absl::InvalidArgumentError("address: expected IPv4 or IPv6");
    }
    resolved.interface = interface_index;
    // Further ones are ignored.
    if (addresses->list.size() < net::Resolver::kMaxAddresses) {
      addresses->list.push_back(resolved);
    }
    return absl::OkStatus();
  });
}

postern_status postern_network_new(postern_context* context,
                                   const postern_network_options* options,
                                   postern_network** network,
                                   postern_error* error) {
  if (network != nullptr) *network = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (network == nullptr) return NullError("network");
    return NewNetwork(*context, options, network);
  });
}

void postern_network_free(postern_network* network) { delete network; }

postern_cancellation* postern_cancellation_new() {
  return new (std::nothrow) postern_cancellation;
}

void postern_cancellation_cancel(postern_cancellation* cancellation) {
  if (cancellation != nullptr) cancellation->cancellation.Cancel();
}

void postern_cancellation_free(postern_cancellation* cancellation) {
  delete cancellation;
}

postern_status postern_network_check(const postern_network* network,
                                     postern_purpose purpose,
                                     const char* endpoint, size_t size,
                                     const char* address, size_t address_size,
                                     postern_decision* decision,
                                     postern_error* error) {
  if (decision != nullptr) *decision = postern_decision{0, 0, 0, 0};
  return Guard(error, [&]() -> absl::Status {
    if (network == nullptr) return NullError("network");
    if (decision == nullptr) return NullError("decision");
    return CheckEndpoint(*network, purpose, endpoint, size, address,
                         address_size, decision);
  });
}

postern_status postern_network_look_up(const postern_network* network,
                                       const char* host, size_t size,
                                       const postern_wait* wait,
                                       postern_buffer** addresses,
                                       postern_error* error) {
  if (addresses != nullptr) *addresses = nullptr;
  return GuardOperation(error, [&] {
    if (network == nullptr) return OutcomeOf(NullError("network"));
    if (addresses == nullptr) return OutcomeOf(NullError("addresses"));
    return LookUpHost(*network, host, size, wait, addresses);
  });
}

void postern_socket_free(postern_socket* socket) { delete socket; }

int32_t postern_socket_descriptor(const postern_socket* socket) {
  return socket == nullptr ? -1 : socket->socket.fd();
}

int32_t postern_socket_release(postern_socket* socket) {
  return socket == nullptr ? -1 : socket->socket.Release();
}

const char* postern_socket_local(const postern_socket* socket, size_t* size) {
  return TextOut(socket == nullptr ? nullptr : &socket->local, size);
}

const char* postern_socket_peer(const postern_socket* socket, size_t* size) {
  return TextOut(socket == nullptr ? nullptr : &socket->peer, size);
}

postern_status postern_socket_credentials(const postern_socket* socket,
                                          postern_credentials* credentials,
                                          postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (socket == nullptr) return NullError("socket");
    if (credentials == nullptr) return NullError("credentials");
    postern_credentials out = {};
    if (socket->socket.credentials().has_value()) {
      const net::PeerCredentials& peer = *socket->socket.credentials();
      out.known = 1;
      out.process = peer.pid;
      out.user = peer.uid;
      out.group = peer.gid;
    }
    return WriteStruct(out, "credentials", credentials);
  });
}

postern_status postern_network_connect(const postern_network* network,
                                       const char* endpoint, size_t size,
                                       postern_transport transport,
                                       const postern_wait* wait,
                                       postern_socket** socket,
                                       postern_error* error) {
  return WithEndpoint(network, postern::Permission::kNetConnect, endpoint, size,
                      transport, wait, socket, error,
                      [](const net::GuardedNet& net, const net::Endpoint& to,
                         net::Transport kind, const net::Wait& until) {
                        return net.Connect(to, kind, until);
                      });
}

postern_status postern_network_listen(const postern_network* network,
                                      const char* endpoint, size_t size,
                                      postern_transport transport,
                                      int32_t backlog, const postern_wait* wait,
                                      postern_socket** socket,
                                      postern_error* error) {
  return WithEndpoint(
      network, postern::Permission::kNetListen, endpoint, size, transport, wait,
      socket, error,
      [backlog](const net::GuardedNet& net, const net::Endpoint& at,
                net::Transport kind, const net::Wait& until) {
        return net.Listen(at, kind, backlog, until);
      });
}

postern_status postern_network_accept(const postern_network* network,
                                      const postern_socket* listener,
                                      const postern_wait* wait,
                                      postern_socket** accepted,
                                      postern_error* error) {
  if (accepted != nullptr) *accepted = nullptr;
  return GuardOperation(error, [&] {
    if (network == nullptr) return OutcomeOf(NullError("network"));
    if (listener == nullptr) return OutcomeOf(NullError("listener"));
    if (accepted == nullptr) return OutcomeOf(NullError("accepted"));
    net::Wait until;
    const absl::Status status = ReadWait(wait, &until);
    if (!status.ok()) return OutcomeOf(status);
    return SocketOut(network->net->Accept(listener->socket, until),
                     postern::Permission::kNetListen, "", accepted);
  });
}

postern_status postern_network_receive(
    const postern_network* network, postern_socket* socket, uint64_t max_bytes,
    const postern_wait* wait, postern_buffer** datagram, postern_buffer** from,
    postern_error* error) {
  if (datagram != nullptr) *datagram = nullptr;
  if (from != nullptr) *from = nullptr;
  return GuardOperation(error, [&] {
    if (network == nullptr) return OutcomeOf(NullError("network"));
    if (socket == nullptr) return OutcomeOf(NullError("socket"));
    if (datagram == nullptr) return OutcomeOf(NullError("datagram"));
    return Receive(*network->net, socket, max_bytes, wait, datagram, from);
  });
}
