#ifndef POSTERN_PERMISSION_INTERNAL_NAME_PATTERN_H_
#define POSTERN_PERMISSION_INTERNAL_NAME_PATTERN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "permission/permission.h"

namespace postern {
namespace internal {

// Longest variable's name, fact or module id, in bytes.
constexpr size_t kMaxNameBytes = 4095;

// A pattern for names: one name, or all that begin with a prefix.
struct NamePattern {
  std::string text;
  bool prefix = false;

  bool Matches(absl::string_view name) const {
    return prefix ? absl::StartsWith(name, text) : name == text;
  }
  // One name before any prefix, a longer prefix before a shorter one.
  uint32_t Rank() const {
    return prefix ? static_cast<uint32_t>(text.size()) : UINT32_MAX;
  }
};

// Reads `NAME` or `PREFIX*`; "\" makes the next byte literal, which "{" and "?"
// need: to path patterns they mean more. For kFact only the facts that
// FactNames() lists; for kModule no URL whose "*" could go on in the host's
// name; for kProcess a class ("@self", "@children", "@others") or the id of a
// principal. InvalidArgument with the column.
absl::StatusOr<NamePattern> ParseNamePattern(absl::string_view text,
                                             ResourceKind kind);

// InvalidArgument if `text` has at `at`, where nothing is escaped, what is a
// wildcard in path patterns alone: "{" or "?".
absl::Status CheckNoPathWildcard(absl::string_view text, size_t at);

// Whether `name` can be asked for: not empty, not too long, no NUL, no "=" in
// a variable's name, a known fact, no number of a process.
bool IsValidName(absl::string_view name, ResourceKind kind);

// "hostname, cpus, ...": what sys.info knows.
std::string FactNames();

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_NAME_PATTERN_H_
