#ifndef POSTERN_NET_ENDPOINT_PATTERN_H_
#define POSTERN_NET_ENDPOINT_PATTERN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/endpoint.h"
#include "net/host_pattern.h"
#include "net/port_range.h"

namespace postern {
namespace net {

// The endpoints that a rule is for. A value type; the default is every host and
// port, but no unix socket and no vsock.
struct EndpointPattern {
  enum class Kind : uint8_t { kHost, kUnix, kAbstract, kVsock };
  Kind kind = Kind::kHost;
  HostPattern host;
  // kUnix: the path of a node, which stands for all nodes beneath it too.
  // kAbstract: a name, or with `prefix` the beginning of names.
  std::string name;
  bool prefix = false;
  uint32_t cid = 0;  // kVsock
  PortRange ports;   // kHost, kVsock

  // Host names: one, or those below one.
  bool is_for_names() const {
    return kind == Kind::kHost && (host.kind == HostPattern::Kind::kName ||
                                   host.kind == HostPattern::Kind::kBelow);
  }
  // Parses back to this pattern.
  std::string ToString() const;
};

// "host", "host:443", "host:1000-2000", ":443", "*.example.com", addresses and
// blocks ("10.0.0.0/8:443", "2001:db8::/32", "[2001:db8::/32]:443"), classes
// ("@loopback:8080"), "unix:/run/x", "unix-abstract:name" (a "*" at its end
// stands for the rest), "vsock:2:1024", "vsock:2".
// InvalidArgument with the column and what was expected.
absl::StatusOr<EndpointPattern> ParseEndpointPattern(absl::string_view text);

// The names that a rule which grants `pattern` grants besides. "@public" grants
// every name, with its ports: a granted name leads to public addresses alone,
// and so gives nothing more. nullopt for all other patterns.
absl::optional<EndpointPattern> NamesBeside(const EndpointPattern& pattern);

// A host name or "*.name" alone, for look-ups.
absl::StatusOr<HostPattern> ParseNamePattern(absl::string_view text);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_ENDPOINT_PATTERN_H_
