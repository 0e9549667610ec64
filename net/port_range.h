#ifndef POSTERN_NET_PORT_RANGE_H_
#define POSTERN_NET_PORT_RANGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/syntax_error.h"

namespace postern {
namespace net {

// The largest port of TCP and UDP; vsock(7) has 32 bits.
constexpr uint32_t kMaxIpPort = 65535;
constexpr uint32_t kMaxVsockPort = UINT32_MAX;

// The ports that a rule is for, both ends included. Only the default range,
// which is every port, contains port 0 and an endpoint without a port. A value
// type.
struct PortRange {
  uint32_t first = 0;
  uint32_t last = kMaxVsockPort;

  bool any() const { return first == 0; }
  // nullopt = the endpoint names no port.
  bool Contains(absl::optional<uint32_t> port) const {
    return any() || (port.has_value() && *port >= first && *port <= last);
  }
  // The more ports the lower: 0 for any, 2^32 - 1 for one.
  uint32_t Rank() const { return any() ? 0 : UINT32_MAX - (last - first); }
  // "443", "1000-2000"; "" for any.
  std::string ToString() const;

  friend bool operator==(const PortRange& a, const PortRange& b) {
    return a.first == b.first && a.last == b.last;
  }
};

// A decimal number of at most `limit` without leading zeros or a sign.
bool ParseDecimal(absl::string_view text, uint32_t limit, uint32_t* number);

// Reads "443" or "1000-2000", from 1 to `limit`. Port 0 is an error, because
// a rule cannot say which port a listener on port 0 gets. `offset` is where
// `text` begins in the text that the error is about. No allocation.
bool ParsePortRange(absl::string_view text, uint32_t limit, size_t offset,
                    PortRange* range, SyntaxError* error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_PORT_RANGE_H_
