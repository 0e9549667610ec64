#ifndef POSTERN_PERMISSION_TESTING_NAIVE_ENDPOINT_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_ENDPOINT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace postern {
namespace testing {

// Endpoints as the oracle reads them: hosts by name and by address, and
// sockets. Addresses are strings of binary digits, 32 or 128 of them;
// IPv4-mapped ones have 32.
struct NaiveHost {
  std::string name;    // "" if it is none
  std::string bits;    // the same of an address
  std::string socket;  // "unix:/path", "unix-abstract:name", "vsock:2:"
};
struct NaiveEndpoint {
  NaiveHost host;
  absl::optional<int> port;
};
absl::optional<NaiveEndpoint> ReadNaiveEndpoint(absl::string_view text);

struct NaiveEndpointPattern {
  enum class Kind { kAny, kName, kBelow, kBlock, kClass, kSocket };
  Kind kind = Kind::kAny;
  std::string text;     // name, class without "@", or as NaiveHost::socket
  bool prefix = false;  // of abstract names: their beginning
  std::string bits;     // the beginning that a block's addresses share
  bool v4 = false;
  absl::optional<std::pair<int, int>> ports;
};
absl::StatusOr<NaiveEndpointPattern> ParseNaiveEndpoint(absl::string_view text);

// How a pattern covers an endpoint: an address only by another spelling of it,
// or as one of all that a listener takes, is kAlias.
enum class NaiveCoverage { kNone, kAlias, kItself };

// Each way in which it does: how much of the host it fixes, which orders
// patterns that cover the same endpoint, comes with it.
struct NaiveCover {
  NaiveCoverage coverage;
  int host;   // 0 any host; more is more specific
  int ports;  // how many; less is more specific
};
// "@public" of a rule that `grants`, or asks, covers every name, too.
std::vector<NaiveCover> NaiveCovers(const NaiveEndpointPattern& pattern,
                                    const NaiveEndpoint& endpoint, bool listens,
                                    bool grants);

bool IsNaivePublic(const NaiveHost& address);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_ENDPOINT_H_
