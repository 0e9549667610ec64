#ifndef POSTERN_PERMISSION_TESTING_NAIVE_CALL_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_CALL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "permission/access.h"
#include "permission/layer.h"
#include "permission/rule.h"
#include "permission/testing/naive_path.h"
#include "permission/testing/naive_regex.h"

namespace postern {
namespace testing {

// Names, calls and secrets for the oracle.

// Unknown counts as a match for deny and ask, and as none for allow.
enum class NaiveMatch { kNo, kUnknown, kYes };

// A name or, with a trailing "*", what names begin with.
struct NaiveName {
  std::string text;
  bool prefix = false;

  bool Matches(absl::string_view name) const;
};

// "NAME" or "PREFIX*"; "\" escapes.
absl::StatusOr<NaiveName> ParseNaiveName(absl::string_view pattern);

// More than 0 if `a` is more specific: exact, then the longer prefix.
int NaiveCompareNames(const NaiveName& a, const NaiveName& b);

// What one argument must be.
struct NaiveArg {
  enum class Kind { kAny, kRest, kRegex, kPath, kOneOf };
  Kind kind = Kind::kAny;
  absl::optional<NaiveRegex> regex;     // kRegex
  std::vector<NaiveAlternative> paths;  // kPath
  std::vector<std::string> texts;       // kOneOf
};

struct NaiveCall {
  NaiveName function;  // a prefix ends in "."
  std::vector<NaiveArg> args;
  bool open_end = false;  // further arguments are accepted
  bool wildcard = false;
  bool sealed = true;  // no "path:" argument is a trap when denied
};

absl::StatusOr<NaiveCall> ParseNaiveCall(const RulePattern& pattern,
                                         const NaivePathContext& context);

NaiveMatch NaiveMatchCall(const NaiveCall& pattern, const CallView& call,
                          const Signatures& signatures,
                          const absl::optional<NaivePath>& base);

struct NaiveSecret {
  std::vector<NaiveArg> parts;  // only kAny, kRest, kOneOf
  bool wildcard = false;
};

absl::StatusOr<NaiveSecret> ParseNaiveSecret(
    const std::vector<std::string>& parts);

bool NaiveMatchesSecret(const NaiveSecret& pattern,
                        absl::Span<const absl::string_view> parts);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_CALL_H_
