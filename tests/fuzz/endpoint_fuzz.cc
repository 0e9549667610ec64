#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/coverage.h"
#include "net/endpoint.h"
#include "net/endpoint_pattern.h"
#include "net/endpoint_set.h"
#include "net/purpose.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace net {
namespace {

// A printed endpoint reads back as itself.
void CheckEndpoint(const Endpoint& endpoint) {
  const std::string spelling = endpoint.ToString();
  Endpoint again;
  SyntaxError error;
  Require(Endpoint::Parse(spelling, &again, &error), spelling);
  Require(again.ToString() == spelling, spelling);
  Require(again.kind() == endpoint.kind(), spelling);
}

void CheckPattern(const EndpointPattern& pattern) {
  const std::string spelling = pattern.ToString();
  const absl::StatusOr<EndpointPattern> again = ParseEndpointPattern(spelling);
  Require(again.ok(), spelling);
  Require(again->ToString() == spelling, spelling);
}

// The set says the same as the pattern alone.
void Compare(const EndpointPattern& pattern, const Endpoint& endpoint) {
  for (const EndpointPattern& alternative : AlternativesOf(pattern)) {
    EndpointSet::Builder builder;
    builder.Add(alternative);
    const EndpointSet set = builder.Build();
    for (Purpose purpose : {Purpose::kConnect, Purpose::kListen}) {
      Coverage found = Coverage::kNone;
      set.Match(endpoint, purpose, [&found](EndpointSet::SetId, Coverage c) {
        found = std::max(found, c);
      });
      Require(found == CoverageOf(alternative, endpoint, purpose),
              pattern.ToString() + " vs " + endpoint.ToString());
    }
  }
}

}  // namespace
}  // namespace net
}  // namespace postern

// A pattern, a line break, and an endpoint.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\n');
  const auto pattern = postern::net::ParseEndpointPattern(input.substr(0, end));
  if (pattern.ok()) postern::net::CheckPattern(*pattern);
  postern::net::Endpoint endpoint;
  postern::net::SyntaxError error;
  if (end == input.npos || !postern::net::Endpoint::Parse(input.substr(end + 1),
                                                          &endpoint, &error)) {
    return 0;
  }
  postern::net::CheckEndpoint(endpoint);
  if (pattern.ok()) postern::net::Compare(*pattern, endpoint);
  return 0;
}
