#include "permission/approval/internal/endpoint_extent.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "net/address.h"
#include "net/address_class.h"
#include "net/cidr.h"
#include "net/endpoint_pattern.h"
#include "net/host_pattern.h"
#include "net/syntax_error.h"

namespace postern {
namespace internal {
namespace {

using net::AddressClass;
using net::Cidr;
using net::EndpointPattern;
using net::HostPattern;

constexpr PermissionSet kLookUp(Permission::kNetResolve);

constexpr AddressClass kLocalClasses[] = {
    AddressClass::kLoopback,    AddressClass::kPrivate,
    AddressClass::kLinkLocal,   AddressClass::kMulticast,
    AddressClass::kUnspecified,
};

// IPv6 blocks whose addresses embed IPv4 ones, as net::AliasesOf() has them.
// Not ISATAP, which any block of interface ids may hold.
constexpr absl::string_view kEmbedding[] = {
    "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
    "2001::/32",    "::/96",          "::ffff:0:0:0/96",
};

bool Overlap(const Cidr& a, const Cidr& b) {
  return a.is_v4() == b.is_v4() &&
         a.base.CommonBits(b.base) >= std::min(a.bits, b.bits);
}

bool HoldsSomeOf(const Cidr& block, AddressClass address_class) {
  const std::vector<Cidr> blocks = net::BlocksOf(address_class);
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const Cidr& one) { return Overlap(block, one); });
}

bool MayEmbed(const Cidr& block) {
  return std::any_of(std::begin(kEmbedding), std::end(kEmbedding),
                     [&](absl::string_view text) {
                       Cidr one;
                       net::SyntaxError error;
                       return net::ParseCidr(text, &one, &error) &&
                              Overlap(block, one);
                     });
}

bool IsLocal(AddressClass address_class) {
  return std::find(std::begin(kLocalClasses), std::end(kLocalClasses),
                   address_class) != std::end(kLocalClasses);
}

void AddClass(AddressClass address_class, EndpointExtent* extent) {
  extent->local_address |= IsLocal(address_class);
  extent->metadata_address |= address_class == AddressClass::kMetadata;
}

void AddBlock(const Cidr& block, EndpointExtent* extent) {
  if (block.bits == net::IpAddress::kBits) {
    return AddClass(net::ClassOf(block.base), extent);
  }
  extent->local_address |= MayEmbed(block);
  extent->metadata_address |= HoldsSomeOf(block, AddressClass::kMetadata);
  for (AddressClass one : kLocalClasses) {
    extent->local_address |= HoldsSomeOf(block, one);
  }
}

void AddAddresses(const HostPattern& host, EndpointExtent* extent) {
  switch (host.kind) {
    case HostPattern::Kind::kAny:
    case HostPattern::Kind::kName:
    case HostPattern::Kind::kBelow:
      return;
    case HostPattern::Kind::kBlock:
      return AddBlock(host.block, extent);
    case HostPattern::Kind::kClass:
      return AddClass(host.address_class, extent);
  }
}

absl::Status AddResolvesTo(PermissionSet permissions,
                           const RulePattern& pattern,
                           const EndpointPattern& endpoint,
                           EndpointExtent* extent) {
  if (!endpoint.is_for_names() || permissions == kLookUp) {
    return absl::InvalidArgumentError(
        "\"resolves_to\" goes with a host name that is connected to or "
        "listened on");
  }
  if (pattern.parts().size() > RulePattern::kMaxResolvesTo) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"resolves_to\" has more than ",
                     RulePattern::kMaxResolvesTo, " addresses"));
  }
  for (const std::string& text : pattern.parts()) {
    HostPattern address;
    net::SyntaxError error;
    if (!net::ParseAddressPattern(text, &address, &error)) {
      return net::ToStatus("address", text, error);
    }
    AddAddresses(address, extent);
  }
  return absl::OkStatus();
}

bool IsMany(const HostPattern& host) {
  return host.kind == HostPattern::Kind::kBelow ||
         host.kind == HostPattern::Kind::kClass ||
         (host.kind == HostPattern::Kind::kBlock &&
          host.block.bits < net::IpAddress::kBits);
}

EndpointExtent ExtentOf(const EndpointPattern& endpoint) {
  EndpointExtent extent;
  const bool host = endpoint.kind == EndpointPattern::Kind::kHost;
  extent.local_socket = !host;
  extent.any_port = endpoint.ports.any() &&
                    (host || endpoint.kind == EndpointPattern::Kind::kVsock);
  extent.any_host = host && endpoint.host.kind == HostPattern::Kind::kAny;
  extent.many_hosts = host && IsMany(endpoint.host);
  if (host) AddAddresses(endpoint.host, &extent);
  return extent;
}

}  // namespace

bool AreForEndpoints(PermissionSet permissions) {
  const PermissionSet net = PermissionSet(Permission::kNetConnect) |
                            PermissionSet(Permission::kNetListen) | kLookUp;
  return !permissions.empty() && (permissions | net) == net;
}

absl::StatusOr<EndpointExtent> ExtentOf(PermissionSet permissions,
                                        const RulePattern& pattern) {
  if (permissions == kLookUp) {
    const absl::StatusOr<HostPattern> name =
        net::ParseNamePattern(pattern.text());
    if (!name.ok()) return name.status();
  }
  const absl::StatusOr<EndpointPattern> endpoint =
      net::ParseEndpointPattern(pattern.text());
  if (!endpoint.ok()) return endpoint.status();
  EndpointExtent extent = ExtentOf(*endpoint);
  if (pattern.kind() == RulePattern::Kind::kResolving) {
    const absl::Status status =
        AddResolvesTo(permissions, pattern, *endpoint, &extent);
    if (!status.ok()) return status;
  }
  return extent;
}

}  // namespace internal
}  // namespace postern
