#include "net/coverage.h"

#include "absl/strings/match.h"
#include "net/address_class.h"

namespace postern {
namespace net {
namespace {

using HostKind = HostPattern::Kind;
using PatternKind = EndpointPattern::Kind;

constexpr uint32_t kAnyCid = UINT32_MAX;  // VMADDR_CID_ANY, vsock(7)
// Above every length of a suffix, prefix or block.
constexpr uint64_t kExactRank = 8191;

bool IsUnspecified(const IpAddress& address) {
  return address == IpAddress() || address == IpAddress::V4(0);
}

bool IsOf(AddressClass address_class, const IpAddress& address) {
  return ClassOf(address) == address_class ||
         IsListedAs(address_class, address);
}

Coverage OfBlock(const Cidr& block, const Endpoint& endpoint, Purpose purpose) {
  const IpAddress& address = endpoint.address();
  if (block.Contains(address)) return Coverage::kItself;
  for (const IpAddress& alias : AliasesOf(address)) {
    if (block.Contains(alias)) return Coverage::kAlias;
  }
  return StandsForEveryOwn(endpoint, purpose) && StandsForSomeOf(address, block)
             ? Coverage::kAlias
             : Coverage::kNone;
}

Coverage OfClass(const HostPattern& host, const Endpoint& endpoint,
                 Purpose purpose) {
  const IpAddress& address = endpoint.address();
  if (host.block.Contains(address)) {
    if (ClassOf(address) == host.address_class) return Coverage::kItself;
    if (IsListedAs(host.address_class, address)) return Coverage::kAlias;
  }
  for (const IpAddress& alias : AliasesOf(address)) {
    if (host.block.Contains(alias) && IsOf(host.address_class, alias)) {
      return Coverage::kAlias;
    }
  }
  return StandsForEveryOwn(endpoint, purpose) &&
                 StandsForSomeOf(address, host.block)
             ? Coverage::kAlias
             : Coverage::kNone;
}

Coverage Known(bool covers) {
  return covers ? Coverage::kItself : Coverage::kNone;
}

// "" is above every name.
bool IsBelow(absl::string_view name, absl::string_view top) {
  return top.empty() ||
         (name.size() > top.size() + 1 && absl::EndsWith(name, top) &&
          name[name.size() - top.size() - 1] == '.');
}

Coverage OfHost(const HostPattern& host, const Endpoint& endpoint,
                Purpose purpose) {
  const bool name = endpoint.kind() == Endpoint::Kind::kName;
  if (!name && endpoint.kind() != Endpoint::Kind::kAddress) {
    return Coverage::kNone;
  }
  switch (host.kind) {
    case HostKind::kAny:
      return Coverage::kItself;
    case HostKind::kName:
      return Known(name && endpoint.name() == host.name);
    case HostKind::kBelow:
      return Known(name && IsBelow(endpoint.name(), host.name));
    case HostKind::kBlock:
      return name ? Coverage::kNone : OfBlock(host.block, endpoint, purpose);
    case HostKind::kClass:
      return name ? Coverage::kNone : OfClass(host, endpoint, purpose);
  }
  return Coverage::kNone;
}

bool IsAtOrBelow(absl::string_view path, absl::string_view top) {
  return absl::StartsWith(path, top) &&
         (path.size() == top.size() || path[top.size()] == '/');
}

Coverage OfVsock(const EndpointPattern& pattern, const Endpoint& endpoint,
                 Purpose purpose) {
  if (endpoint.cid() == pattern.cid) return Coverage::kItself;
  return StandsForEveryOwn(endpoint, purpose) ? Coverage::kAlias
                                              : Coverage::kNone;
}

// Leaves room above each.
uint64_t BlockRank(const Cidr& block) {
  return 1 + 2 * static_cast<uint64_t>(block.bits);
}

uint64_t HostRank(const HostPattern& host) {
  switch (host.kind) {
    case HostKind::kAny:
      return 0;
    case HostKind::kName:
      return kExactRank;
    case HostKind::kBelow:
      return 1 + host.name.size();
    case HostKind::kBlock:
      return BlockRank(host.block);
    case HostKind::kClass:
      // "@public" is less than all, which is what its blocks hold.
      return BlockRank(host.block) +
             (host.address_class == AddressClass::kPublic ? 1 : 0);
  }
  return 0;
}

uint64_t HostRank(const EndpointPattern& pattern) {
  switch (pattern.kind) {
    case PatternKind::kHost:
      return HostRank(pattern.host);
    case PatternKind::kUnix:
      return 1 + pattern.name.size();
    case PatternKind::kAbstract:
      return pattern.prefix ? 1 + pattern.name.size() : kExactRank;
    case PatternKind::kVsock:
      return 1;
  }
  return 0;
}

}  // namespace

std::vector<EndpointPattern> AlternativesOf(const EndpointPattern& pattern) {
  std::vector<EndpointPattern> alternatives;
  if (pattern.kind != PatternKind::kHost ||
      pattern.host.kind != HostKind::kClass) {
    alternatives.push_back(pattern);
    return alternatives;
  }
  for (const Cidr& block : BlocksOf(pattern.host.address_class)) {
    alternatives.push_back(pattern);
    alternatives.back().host.block = block;
  }
  return alternatives;
}

Coverage CoverageOf(const EndpointPattern& alternative,
                    const Endpoint& endpoint, Purpose purpose) {
  if (!alternative.ports.Contains(endpoint.port())) return Coverage::kNone;
  switch (alternative.kind) {
    case PatternKind::kHost:
      return OfHost(alternative.host, endpoint, purpose);
    case PatternKind::kUnix:
      return Known(endpoint.kind() == Endpoint::Kind::kUnix &&
                   IsAtOrBelow(endpoint.path(), alternative.name));
    case PatternKind::kAbstract:
      return Known(
          endpoint.kind() == Endpoint::Kind::kAbstract &&
          (alternative.prefix
               ? absl::StartsWith(endpoint.abstract(), alternative.name)
               : endpoint.abstract() == alternative.name));
    case PatternKind::kVsock:
      return endpoint.kind() == Endpoint::Kind::kVsock
                 ? OfVsock(alternative, endpoint, purpose)
                 : Coverage::kNone;
  }
  return Coverage::kNone;
}

uint64_t RankOf(const EndpointPattern& alternative) {
  return HostRank(alternative) << 32 | alternative.ports.Rank();
}

bool StandsForEveryOwn(const Endpoint& endpoint, Purpose purpose) {
  if (purpose != Purpose::kListen) return false;
  if (endpoint.kind() == Endpoint::Kind::kVsock) {
    return endpoint.cid() == kAnyCid;
  }
  return endpoint.kind() == Endpoint::Kind::kAddress &&
         IsUnspecified(endpoint.address());
}

bool StandsForSomeOf(const IpAddress& address, const Cidr& block) {
  return block.is_v4() || !address.is_v4();
}

}  // namespace net
}  // namespace postern
