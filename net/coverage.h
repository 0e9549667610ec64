#ifndef POSTERN_NET_COVERAGE_H_
#define POSTERN_NET_COVERAGE_H_

#include <cstdint>
#include <vector>

#include "net/address.h"
#include "net/cidr.h"
#include "net/endpoint.h"
#include "net/endpoint_pattern.h"
#include "net/purpose.h"

namespace postern {
namespace net {

// Whether a pattern covers an endpoint. Some addresses are others under
// another spelling (AliasesOf) or stand for several: what covers one of those
// alone counts for a denial and not for a grant.
enum class Coverage : uint8_t { kNone, kAlias, kItself };

// A class has blocks of different lengths, and each is as specific as its own:
// the patterns to ask about one by one, each with one block. Any other pattern
// is its only alternative.
std::vector<EndpointPattern> AlternativesOf(const EndpointPattern& pattern);

// Of one alternative. No allocation.
Coverage CoverageOf(const EndpointPattern& alternative,
                    const Endpoint& endpoint, Purpose purpose);

// The higher of two alternatives that cover the same endpoint is the more
// specific: host first (exact, longer suffix, longer prefix), then port.
uint64_t RankOf(const EndpointPattern& alternative);

// Whether `endpoint` stands for every own address or context id: 0.0.0.0, "::"
// and VMADDR_CID_ANY (vsock(7)) do for who listens.
bool StandsForEveryOwn(const Endpoint& endpoint, Purpose purpose);

// Whether a listener on the unspecified `address` may accept at addresses of
// `block`: "::" takes IPv4 connections as well (ipv6(7), IPV6_V6ONLY).
bool StandsForSomeOf(const IpAddress& address, const Cidr& block);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_COVERAGE_H_
