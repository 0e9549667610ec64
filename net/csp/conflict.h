#ifndef POSTERN_NET_CSP_CONFLICT_H_
#define POSTERN_NET_CSP_CONFLICT_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/csp/directive.h"
#include "net/csp/source.h"

namespace postern {
namespace csp {

// A word of a policy that changes more than it says, or that restricts where
// nothing did. A merge leaves it out unless the administrator accepts it by its
// name.
enum class Conflict : uint8_t {
  kNonce,
  kHash,
  kStrictDynamic,
  kSandbox,
  kTrustedTypes,  // trusted-types and require-trusted-types-for
  kBaseUri,
  kFormAction,
  kFrameAncestors,
  kUpgradeInsecureRequests,
  kReporting,  // report-uri and report-to
};

absl::string_view ConflictName(Conflict conflict);  // "strict-dynamic"
absl::optional<Conflict> ParseConflictName(absl::string_view name);

std::vector<Conflict> AllConflicts();

// Which conflict a directive or a source is; nullopt if it is none.
absl::optional<Conflict> ConflictOf(Directive directive);
absl::optional<Conflict> ConflictOf(const Source& source);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_CONFLICT_H_
