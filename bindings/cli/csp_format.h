#ifndef POSTERN_BINDINGS_CLI_CSP_FORMAT_H_
#define POSTERN_BINDINGS_CLI_CSP_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/csp/policy.h"

namespace postern {
namespace cli {

// How a server is told a policy.
enum class CspFormat : uint8_t {
  kHeader,  // Content-Security-Policy: ...
  kYaml,    // csp.yaml of oCIS and OpenCloud
  kJson,    // the same in JSON
  kNginx,   // add_header Content-Security-Policy "..." always;
  kCaddy,   // header Content-Security-Policy "..."
};

constexpr char kCspFormats[] = "header, yaml, json, nginx or caddy";

absl::optional<CspFormat> ParseCspFormat(absl::string_view name);

// The policy in that form, a line break at its end. FailedPrecondition where
// the server would read something else: a variable, a placeholder, the end of
// the quotes.
absl::StatusOr<std::string> FormatCsp(const csp::Policy& policy,
                                      CspFormat format);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CSP_FORMAT_H_
