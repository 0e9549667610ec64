#include <errno.h>
#include <sys/socket.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/conformance/drivers/cxx_host.h"

namespace {

namespace net = postern::net;

bool EndpointOf(const attempt& a, net::Endpoint* endpoint) {
  const absl::string_view host = Trial::Text(a.host);
  const bool is_v6 = absl::StrContains(host, ":");
  net::SyntaxError error;
  return net::Endpoint::Parse(
      absl::StrCat(is_v6 ? "[" : "", host, is_v6 ? "]" : "", ":", a.port),
      endpoint, &error);
}

bool UnixEndpointOf(const attempt& a, net::Endpoint* endpoint) {
  return a.abstract.size > 0
             ? net::Endpoint::Abstract(Trial::Text(a.abstract), endpoint)
             : net::Endpoint::Unix(Trial::Text(a.path), endpoint);
}

void Connect(const Trial& t, const net::Endpoint& to, net::Transport how) {
  const auto socket =
      t.by.network->Connect(to, how, net::Wait::For(absl::Seconds(5)));
  if (t.Answer(socket.status()) && how == net::Transport::kDatagram) {
    t.AnswerErrno(send(socket->fd(), "x", 1, 0) < 0 ? errno : 0, false);
  }
}

void Listen(const Trial& t, const net::Endpoint& at) {
  t.Answer(t.by.network
               ->Listen(at, net::Transport::kStream, 4,
                        net::Wait::For(absl::Seconds(5)))
               .status());
}

void LookUp(const Trial& t) {
  net::HostName name;
  net::SyntaxError error;
  if (!net::HostName::Parse(Trial::Text(t.a.host), &name, &error)) {
    t.AnswerErrno(EINVAL, false);
    return;
  }
  t.Answer(
      t.by.network->LookUp(name, net::Wait::For(absl::Seconds(5))).status());
}

}  // namespace

bool TryNetwork(const Trial& trial) {
  const absl::string_view op = Trial::Text(trial.a.op);
  if (op == "net.resolve") return LookUp(trial), true;
  const bool listens = op == "net.listen" || op == "unix.listen";
  const bool is_unix = op == "unix.connect" || op == "unix.listen";
  const bool sends = op == "net.send";
  if (!listens && !is_unix && !sends && op != "net.connect") return false;
  net::Endpoint endpoint;
  if (!(is_unix ? UnixEndpointOf : EndpointOf)(trial.a, &endpoint)) {
    trial.AnswerErrno(EINVAL, false);
  } else if (listens) {
    Listen(trial, endpoint);
  } else {
    Connect(trial, endpoint,
            sends ? net::Transport::kDatagram : net::Transport::kStream);
  }
  return true;
}
