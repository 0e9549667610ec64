#include "bindings/c/postern/targets.h"

#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings/c/handles.h"
#include "bindings/c/sockets.h"
#include "net/guarded_net.h"
#include "net/socket.h"
#include "permission/permission.h"

struct postern_targets {
  std::vector<postern::net::CheckedEndpoint> list;
  std::vector<std::string> texts;  // in the same order
};

namespace postern {
namespace c {
namespace {

Outcome Prepare(const net::GuardedNet& net, postern_purpose purpose,
                const char* endpoint, size_t size, const postern_wait* wait,
                postern_targets** out) {
  net::Purpose wanted = net::Purpose::kConnect;
  net::Endpoint parsed;
  net::Wait until;
  absl::Status status = ReadPurpose(purpose, &wanted);
  if (status.ok()) status = ReadEndpoint(endpoint, size, &parsed);
  if (status.ok()) status = ReadWait(wait, &until);
  if (!status.ok()) return OutcomeOf(status);
  auto prepared = net.Prepare(wanted, parsed, until);
  if (!prepared.ok()) {
    return OutcomeOf(prepared.status(), PermissionFor(wanted),
                     parsed.ToString());
  }
  auto made = std::make_unique<postern_targets>();
  made->list = *std::move(prepared);
  for (const net::CheckedEndpoint& one : made->list) {
    made->texts.push_back(one.endpoint().ToString());
  }
  *out = made.release();
  return Outcome();
}

bool FamilyOf(postern_family family, int* out) {
  switch (family) {
    case POSTERN_INET:
      *out = AF_INET;
      return true;
    case POSTERN_INET6:
      *out = AF_INET6;
      return true;
    case POSTERN_UNIX:
      *out = AF_UNIX;
      return true;
    case POSTERN_VSOCK:
      *out = AF_VSOCK;
      return true;
    default:
      return false;
  }
}

absl::Status CheckSocket(const postern_network* network,
                         const postern_socket* socket) {
  if (network == nullptr) return NullError("network");
  if (socket == nullptr) return NullError("socket");
  return absl::OkStatus();
}

// Calls `use(net, target, socket)`, which gives a NetStatus.
template <typename Use>
postern_status WithTarget(const postern_network* network,
                          const postern_targets* targets, size_t index,
                          postern_socket* socket, postern_error* error,
                          Use use) {
  return GuardOperation(error, [&] {
    absl::Status status = CheckSocket(network, socket);
    if (status.ok() && targets == nullptr) status = NullError("targets");
    if (status.ok() && index >= targets->list.size()) {
      status = absl::InvalidArgumentError("index: there is no such target");
    }
    if (!status.ok()) return OutcomeOf(status);
    const net::CheckedEndpoint& target = targets->list[index];
    const net::NetStatus ended = use(*network->net, target, &socket->socket);
    socket->Refresh();
    const net::Endpoint& asked =
        target.name() ? *target.name() : target.endpoint();
    return OutcomeOf(ended, PermissionFor(target.purpose()), asked.ToString());
  });
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global
namespace net = postern::net;

postern_status postern_network_prepare(const postern_network* network,
                                       postern_purpose purpose,
                                       const char* endpoint, size_t size,
                                       const postern_wait* wait,
                                       postern_targets** targets,
                                       postern_error* error) {
  if (targets != nullptr) *targets = nullptr;
  return GuardOperation(error, [&] {
    if (network == nullptr) return OutcomeOf(NullError("network"));
    if (targets == nullptr) return OutcomeOf(NullError("targets"));
    return Prepare(*network->net, purpose, endpoint, size, wait, targets);
  });
}

void postern_targets_free(postern_targets* targets) { delete targets; }

size_t postern_targets_count(const postern_targets* targets) {
  return targets == nullptr ? 0 : targets->list.size();
}

const char* postern_targets_endpoint(const postern_targets* targets,
                                     size_t index, size_t* size) {
  const bool known = index < postern_targets_count(targets);
  return TextOut(known ? &targets->texts[index] : nullptr, size);
}

postern_status postern_network_open(const postern_network* network,
                                    postern_family family,
                                    postern_transport transport,
                                    postern_socket** socket,
                                    postern_error* error) {
  if (socket != nullptr) *socket = nullptr;
  return GuardOperation(error, [&] {
    net::SocketKind kind;
    absl::Status status = ReadTransport(transport, &kind.transport);
    if (!FamilyOf(family, &kind.family)) {
      status = absl::InvalidArgumentError("family: unknown");
    }
    if (network == nullptr) status = NullError("network");
    if (socket == nullptr) status = NullError("socket");
    if (!status.ok()) return OutcomeOf(status);
    return SocketOut(network->net->Open(kind), postern::Permission::kUnknown,
                     "", socket);
  });
}

postern_status postern_network_connect_to(const postern_network* network,
                                          const postern_targets* targets,
                                          size_t index,
                                          const postern_wait* wait,
                                          postern_socket* socket,
                                          postern_error* error) {
  net::Wait until;
  const postern_status read =
      Guard(error, [&] { return ReadWait(wait, &until); });
  if (read != POSTERN_OK) return read;
  return WithTarget(
      network, targets, index, socket, error,
      [&](const net::GuardedNet& net, const net::CheckedEndpoint& to,
          net::Socket* from) { return net.Connect(to, until, from); });
}

postern_status postern_network_bind(const postern_network* network,
                                    const postern_targets* targets,
                                    size_t index, postern_socket* socket,
                                    postern_error* error) {
  return WithTarget(
      network, targets, index, socket, error,
      [](const net::GuardedNet& net, const net::CheckedEndpoint& at,
         net::Socket* one) { return net.Bind(at, one); });
}

postern_status postern_network_start_listening(const postern_network* network,
                                               int32_t backlog,
                                               postern_socket* socket,
                                               postern_error* error) {
  return GuardOperation(error, [&] {
    const absl::Status status = CheckSocket(network, socket);
    if (!status.ok()) return OutcomeOf(status);
    const net::NetStatus ended = network->net->Listen(backlog, &socket->socket);
    socket->Refresh();
    return OutcomeOf(ended, postern::Permission::kNetListen, "");
  });
}

postern_status postern_network_send(const postern_network* network,
                                    const char* bytes, size_t size,
                                    const postern_targets* targets,
                                    size_t index, postern_socket* socket,
                                    size_t* sent, postern_error* error) {
  if (sent != nullptr) *sent = 0;
  absl::string_view text;
  const postern_status read =
      Guard(error, [&] { return ReadBytes(bytes, size, "bytes", &text); });
  if (read != POSTERN_OK) return read;
  return WithTarget(network, targets, index, socket, error,
                    [&](const net::GuardedNet& net,
                        const net::CheckedEndpoint& to, net::Socket* from) {
                      net::NetResult<size_t> result =
                          net.SendTo(text, to, from);
                      if (result.ok() && sent != nullptr) *sent = *result;
                      return std::move(result).status();
                    });
}
