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

// Whether a pattern covers an endpoint. Some addresses are other spellings of
// an address (AliasesOf), and some stand for several: a pattern that covers
// only one of those covers an alias. In doubt deny: an alias is enough for a
// denial and not enough for a grant.
enum class Coverage : uint8_t { kNone, kAlias, kItself };

// Splits a pattern for a class into one pattern for each block of the class:
// blocks have different lengths, and the longer one is the more specific. Any
// other pattern is its own only alternative.
std::vector<EndpointPattern> AlternativesOf(const EndpointPattern& pattern);

// Whether one alternative covers `endpoint`. No allocation.
Coverage CoverageOf(const EndpointPattern& alternative,
                    const Endpoint& endpoint, Purpose purpose);

// How specific an alternative is. Ranks of alternatives that cover one endpoint
// can be compared: the higher is the more specific, first by its host (exact,
// longer suffix, longer prefix), then by its ports.
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
