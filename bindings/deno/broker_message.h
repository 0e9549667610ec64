#ifndef POSTERN_BINDINGS_DENO_BROKER_MESSAGE_H_
#define POSTERN_BINDINGS_DENO_BROKER_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace postern {
namespace deno {

// What Deno asks its permission broker, a line of JSON:
//
//   {"v":1,"pid":7,"id":3,"datetime":"2026-01-01T00:00:00Z",
//    "permission":"read","value":"/etc/hosts"}
//
// and is answered: {"id":3,"result":"deny","reason":"..."}. From Deno's
// documentation of DENO_PERMISSION_BROKER_PATH and from what Deno 2.9 sends.
struct BrokerRequest {
  uint64_t id = 0;
  std::string permission;             // "read", "net", ...
  absl::optional<std::string> value;  // nullopt: for everything
};

constexpr uint64_t kBrokerVersion = 1;
// A name of a file has at most 4095 bytes, which JSON may make six of each.
constexpr size_t kMaxRequestBytes = 64 * 1024;

// One line without its end. If it is not just such a request, of this version
// and with each member once, nullopt, and `problem` says why; `id` is set where
// it could be read, so that the request can be denied.
absl::optional<BrokerRequest> ReadRequest(absl::string_view line,
                                          absl::optional<uint64_t>* id,
                                          std::string* problem);

// A line, with its end. An empty reason is left out.
std::string AnswerText(uint64_t id, bool allow, absl::string_view reason);

}  // namespace deno
}  // namespace postern

#endif  // POSTERN_BINDINGS_DENO_BROKER_MESSAGE_H_
