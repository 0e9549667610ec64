#include "permission/analysis/any_port.h"

#include <algorithm>
#include <map>

#include "absl/status/statusor.h"
#include "net/endpoint_pattern.h"
#include "permission/permission.h"

namespace postern {
namespace {

constexpr Permission kPermissions[] = {Permission::kNetConnect,
                                       Permission::kNetListen};

struct Granted {
  const Rule* rule;
  net::EndpointPattern endpoint;
};

// The rules of the layer that grant hosts, with what they grant.
std::vector<Granted> GrantedHosts(const Layer& layer) {
  std::vector<Granted> all;
  for (const Rule& rule : layer.rules) {
    const bool connects = std::any_of(
        std::begin(kPermissions), std::end(kPermissions),
        [&rule](Permission one) { return rule.permissions.Contains(one); });
    if (rule.effect != Effect::kAllow || !connects ||
        rule.pattern.kind() != RulePattern::Kind::kText) {
      continue;
    }
    const absl::StatusOr<net::EndpointPattern> endpoint =
        net::ParseEndpointPattern(rule.pattern.text());
    if (endpoint.ok() && endpoint->kind == net::EndpointPattern::Kind::kHost) {
      all.push_back({&rule, *endpoint});
    }
  }
  return all;
}

// The rules that name ports, of one permission.
class PortRules {
 public:
  void Add(const Granted& granted) {
    if (first_ == nullptr) first_ = granted.rule;
    by_host_.emplace(granted.endpoint.host.ToString(), granted.rule);
  }
  const Rule* Find(const Granted& granted) const {
    const auto same = by_host_.find(granted.endpoint.host.ToString());
    return same == by_host_.end() ? first_ : same->second;
  }

 private:
  const Rule* first_ = nullptr;
  std::map<std::string, const Rule*> by_host_;
};

bool IsForEveryPort(const net::EndpointPattern& endpoint) {
  using Kind = net::HostPattern::Kind;
  return endpoint.ports.any() && endpoint.host.kind != Kind::kAny &&
         endpoint.host.kind != Kind::kClass;
}

}  // namespace

std::vector<AnyPort> FindAnyPorts(const Layer& layer) {
  const std::vector<Granted> all = GrantedHosts(layer);
  std::map<Permission, PortRules> with_port;
  for (const Granted& granted : all) {
    if (granted.endpoint.ports.any()) continue;
    for (Permission one : kPermissions) {
      if (granted.rule->permissions.Contains(one)) with_port[one].Add(granted);
    }
  }
  std::vector<AnyPort> found;
  for (const Granted& granted : all) {
    if (!IsForEveryPort(granted.endpoint)) continue;
    const Rule* other = nullptr;
    for (Permission one : kPermissions) {
      if (other != nullptr || !granted.rule->permissions.Contains(one)) {
        continue;
      }
      const auto rules = with_port.find(one);
      if (rules != with_port.end()) other = rules->second.Find(granted);
    }
    if (other != nullptr) found.push_back({granted.rule, other});
  }
  return found;
}

}  // namespace postern
