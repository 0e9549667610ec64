// Denies a guest a unix socket, and says why.

#include <iostream>

#include "postern/cpp.h"

int main() {
  using namespace postern;
  PolicyBuilder rules;
  rules.Allow(*PermissionSet::Parse("net.connect"),
              RulePattern::Text("unix:/run/app"));
  const auto policy = rules.Bind().Build();
  if (!policy.ok()) return std::cerr << policy.status() << "\n", 2;
  const auto root = PermissionContext::Create(*policy, ContextOptions());
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;
  const auto context = root->context;

  net::GuardedNetOptions options;
  options.unix_sockets = *MakeUnixSockets(context, fs::GuardedFsOptions());
  const net::GuardedNet network(MakeNetMonitor(context), options);

  net::Endpoint endpoint;
  net::SyntaxError error;
  if (!net::Endpoint::Parse("unix:/nowhere/socket", &endpoint, &error))
    return 2;
  const net::Wait wait = net::Wait::For(absl::Seconds(5));
  const auto socket = network.Connect(endpoint, net::Transport::kStream, wait);
  if (socket.status().refusal != net::Refusal::kMonitor) return 1;
  const auto why = context->Explain(
      DecisionOf(socket.status().verdict),
      Access::Endpoint(Permission::kNetConnect, socket.status().endpoint));
  if (!why.ok()) return std::cerr << why.status() << "\n", 1;
  std::cout << why->ToText();
  return 0;
}
