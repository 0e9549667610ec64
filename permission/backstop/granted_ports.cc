#include "permission/backstop/granted_ports.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "net/address_class.h"
#include "permission/access.h"

namespace postern {
namespace {

using net::EndpointPattern;
using net::HostPattern;
using PlacedRule = PolicyRights::PlacedRule;

const char* SampleOf(net::AddressClass address_class) {
  switch (address_class) {
    case net::AddressClass::kLoopback:
      return "127.0.0.1";
    case net::AddressClass::kPrivate:
      return "10.0.0.1";
    case net::AddressClass::kLinkLocal:
      return "169.254.1.1";
    case net::AddressClass::kMulticast:
      return "224.0.0.1";
    case net::AddressClass::kUnspecified:
      return "0.0.0.0";
    case net::AddressClass::kMetadata:
      return "169.254.169.254";
    case net::AddressClass::kPublic:
      return "8.8.8.8";
    case net::AddressClass::kDocumentation:
      return "192.0.2.1";
    case net::AddressClass::kBenchmarking:
      return "198.18.0.1";
    case net::AddressClass::kReserved:
      return "240.0.0.1";
  }
  return "240.0.0.1";
}

// A host of the pattern, as an endpoint writes it.
std::string SampleHost(const HostPattern& host) {
  switch (host.kind) {
    case HostPattern::Kind::kAny:
      return "a.example";
    case HostPattern::Kind::kName:
      return host.name;
    case HostPattern::Kind::kBelow:
      return absl::StrCat("a.", host.name.empty() ? "example" : host.name);
    case HostPattern::Kind::kBlock:
      return absl::StrCat("[", host.block.base.ToString(), "]");
    case HostPattern::Kind::kClass:
      return SampleOf(host.address_class);
  }
  return "";
}

// The layers' word on ports, put together as their answers are.
class GrantedPorts {
 public:
  GrantedPorts(const PolicyRights& rights, Permission permission)
      : rights_(rights), permission_(permission) {}

  PortGrant Find() {
    PortGrant grant;
    grant.whole = rights_.Allows(Access::Whole(permission_));
    if (grant.whole) {
      grant.every_host = grant.some_host = PortSet::All();
      return grant;
    }
    Combine(&grant);
    // A question about one port of every host cannot be asked: after a drop
    // nothing is certain.
    if (rights_.Dropped(permission_)) grant.every_host = PortSet();
    return grant;
  }

 private:
  struct LayerPorts {
    PortSet allowed_every, allowed_some, denied_every, denied_some;
  };

  void Combine(PortGrant* grant) {
    bool grants = false;
    grant->every_host = grant->some_host = PortSet::All();
    for (size_t policy = 0; policy < rights_.policies().size(); ++policy) {
      const auto& layers = rights_.policies()[policy]->layers();
      grants = grants || rights_.policies()[policy]->unconfined();
      for (size_t layer = 0; layer < layers.size(); ++layer) {
        if (layers[layer].mode == Mode::kAudit) continue;
        grants = grants || layers[layer].default_effect == Effect::kDeny;
        Narrow(layers[layer], Read(policy, layer), grant);
      }
    }
    if (grants) return;
    grant->every_host = grant->some_host = PortSet();
  }

  static void Narrow(const LayerSummary& layer, const LayerPorts& ports,
                     PortGrant* grant) {
    if (layer.default_effect == Effect::kDeny) {
      grant->every_host &= ports.allowed_every;
      grant->some_host &= ports.allowed_some;
    }
    grant->every_host -= ports.denied_some;
    // A more specific rule may grant a host.
    if (layer.precedence == Precedence::kDenyOverrides) {
      grant->some_host -= ports.denied_every;
    }
  }

  LayerPorts Read(size_t policy, size_t layer) {
    LayerPorts ports;
    for (const PlacedRule& placed : rights_.rules()) {
      if (placed.policy == policy && placed.layer == layer &&
          placed.rule.permissions.Contains(permission_)) {
        AddRule(placed.rule, &ports);
      }
    }
    return ports;
  }

  void AddRule(const Rule& rule, LayerPorts* ports) {
    const bool wider = rights_.approximation() == Approximation::kWider;
    const bool whole = rule.pattern.kind() == RulePattern::Kind::kWhole;
    const absl::optional<EndpointPattern> pattern = EndpointOf(rule.pattern);
    if (!whole && !pattern.has_value()) return;
    const bool every = whole || pattern->host.kind == HostPattern::Kind::kAny;
    const PortSet set = whole ? PortSet::All() : PortsOf(*pattern);
    const bool counts_as_allow =
        rule.effect == Effect::kAllow || (rule.effect == Effect::kAsk && wider);
    if (!counts_as_allow) {
      ports->denied_some |= set;
      if (every) ports->denied_every |= set;
    } else if (wider || !rule.limits.any()) {
      if (!whole && !IsStillGranted(*pattern)) return;
      ports->allowed_some |= set;
      if (every) ports->allowed_every |= set;
    }
  }

  // Whether a drop has left anything of it, as far as one question tells.
  bool IsStillGranted(const EndpointPattern& pattern) const {
    if (!rights_.Dropped(permission_) ||
        pattern.kind != EndpointPattern::Kind::kHost) {
      return true;
    }
    const uint32_t port = pattern.ports.any() ? 1 : pattern.ports.first;
    return rights_.Allows(Access::Endpoint(
        permission_, absl::StrCat(SampleHost(pattern.host), ":", port)));
  }

  const PolicyRights& rights_;
  const Permission permission_;
};

}  // namespace

PortSet PortsOf(const EndpointPattern& pattern) {
  if (pattern.kind != EndpointPattern::Kind::kHost) return PortSet();
  if (pattern.ports.any()) return PortSet::All();
  return PortSet::Range(pattern.ports.first, pattern.ports.last);
}

absl::optional<EndpointPattern> EndpointOf(const RulePattern& pattern) {
  if (pattern.kind() != RulePattern::Kind::kText &&
      pattern.kind() != RulePattern::Kind::kResolving) {
    return absl::nullopt;
  }
  auto parsed = net::ParseEndpointPattern(pattern.text());
  if (!parsed.ok()) return absl::nullopt;
  return *std::move(parsed);
}

bool IsForEndpoints(const RulePattern& pattern) {
  return pattern.kind() == RulePattern::Kind::kWhole ||
         EndpointOf(pattern).has_value();
}

PortGrant FindGrantedPorts(const PolicyRights& rights, Permission permission) {
  return GrantedPorts(rights, permission).Find();
}

}  // namespace postern
