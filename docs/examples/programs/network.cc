#include <iostream>
#include <memory>

#include "postern/cpp.h"

// Answers as a name server does that lures apps into the host's own network.
class HostileResolver : public postern::net::Resolver {
 public:
  postern::net::LookUpResult LookUp(const postern::net::HostName&,
                                    const postern::net::Wait&) override {
    return {0, {{postern::net::IpAddress::V4(0x7f000001), 0}}};
  }
};

int main() {
  using namespace postern;
  PolicyBuilder rules;
  rules.Allow(PermissionSet(Permission::kNetConnect),
              RulePattern::Text("news.example.org:443"));
  const auto policy = rules.Build();
  if (!policy.ok()) return std::cerr << policy.status() << "\n", 2;
  const auto root = PermissionContext::Create(*policy, ContextOptions());
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;

  net::GuardedNetOptions options;  // without a resolver: the system's
  options.resolver = std::make_shared<HostileResolver>();
  const net::GuardedNet network(MakeNetMonitor(root->context), options);

  bool denied = true;
  for (const char* text : {"news.example.org:443", "evil.example.org:443"}) {
    net::Endpoint endpoint;
    net::SyntaxError error;
    if (!net::Endpoint::Parse(text, &endpoint, &error)) return 2;
    const auto socket = network.Connect(endpoint, net::Transport::kStream,
                                        net::Wait::For(absl::Seconds(5)));
    denied = denied && socket.status().denied();
    std::cout << text << ": " << (denied ? "denied: " : "not denied: ")
              << socket.status().endpoint << "\n";
  }
  return denied ? 0 : 1;
}
