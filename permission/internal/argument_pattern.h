#ifndef POSTERN_PERMISSION_INTERNAL_ARGUMENT_PATTERN_H_
#define POSTERN_PERMISSION_INTERNAL_ARGUMENT_PATTERN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/path_pattern.h"
#include "permission/access.h"
#include "permission/internal/regex.h"

namespace postern {
namespace internal {

// A pattern for one argument of a call.
struct ArgumentPattern {
  enum class Kind : uint8_t {
    kAny,      // "*"
    kRest,     // "**": every further argument
    kLiteral,  // one of `literals`
    kRegex,    // "re:...", full match
    kPath,     // "path:...", under one of `paths`
  };
  Kind kind = Kind::kAny;
  std::vector<std::string> literals;
  std::shared_ptr<const Regex> regex;
  std::vector<fs::PathPattern> paths;
  // A literal "--" stands before it, where programs end their options.
  bool after_options = false;

  // Whether it matches `argument`; kUnknown for what is no text, which "*"
  // alone is known to match. Relative names start at `base_directory`. For
  // kPath also kUnknown for text that begins with "-", unless after_options:
  // a program may read it as an option.
  Match Matches(const CallArg& argument,
                absl::string_view base_directory) const;
};

// Reads one pattern; "{a,b}" and "\" as in path patterns. InvalidArgument with
// the column.
absl::StatusOr<ArgumentPattern> ParseArgumentPattern(
    absl::string_view text, const fs::PathPatternOptions& options);

// Reads a list, in which "**" may only come last, and sets after_options.
absl::StatusOr<std::vector<ArgumentPattern>> ParseArgumentPatterns(
    const std::vector<std::string>& texts,
    const fs::PathPatternOptions& options);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_ARGUMENT_PATTERN_H_
