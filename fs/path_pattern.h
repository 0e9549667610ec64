#ifndef POSTERN_FS_PATH_PATTERN_H_
#define POSTERN_FS_PATH_PATTERN_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"

namespace postern {
namespace fs {

// Alternatives that the groups of one pattern may expand to.
constexpr int kMaxAlternatives = 1000;
// "*" and "**" in one alternative: keeps every comparison of patterns cheap.
constexpr int kMaxStars = 64;
// Components between a "**" and the next one or the end. They are looked for at
// each place of a path, so this bounds the comparisons a place.
constexpr size_t kMaxComponentsBehindAnyDepth = 64;
// Longest component with a wildcard (NAME_MAX): nothing longer has a name.
constexpr size_t kMaxGlobBytes = 255;

// One step of a pattern, between two slashes.
struct PatternComponent {
  enum class Kind : uint8_t {
    kLiteral,   // `text` is the name
    kGlob,      // `text` is for GlobMatches()
    kAnyDepth,  // "**": zero or more components
  };
  Kind kind = Kind::kLiteral;
  std::string text;

  // Whether it matches one component; a "**" does not by itself.
  bool Matches(absl::string_view name) const;

  friend bool operator==(const PatternComponent& a, const PatternComponent& b) {
    return a.kind == b.kind && a.text == b.text;
  }
};

// One alternative of a path pattern: absolute, in normal form, all variables
// replaced. "**" never comes last nor twice in a row: `subtree` says it.
// A value type.
struct PathPattern {
  std::vector<PatternComponent> components;
  // Matches the nodes that `components` match and all beneath; else only them.
  bool subtree = false;
  // Written with a wildcard, without "exact:", and not ending in "/**": as a
  // deny rule it would leave open what lies below.
  bool leaves_below_open = false;

  // No wildcard but a "/**" at the end.
  bool literal() const;
  // Whether it matches the path of these components, in normal form. Steps
  // are at most components times path length; no allocation.
  bool Matches(const PathComponents& path) const;
  // Whether it could match the path or something beneath it. Behind a "**" the
  // answer is yes without a closer look.
  bool MayMatchWithin(const PathComponents& path) const;
  // How many components at the beginning are literal.
  size_t literal_prefix() const;
  // A spelling that parses back to this pattern.
  std::string ToString() const;
};

struct PathPatternOptions {
  // Absolute; where relative patterns start. "" refuses them.
  std::string base_directory;
  // Values of ${NAME}, taken literally.
  const std::map<std::string, std::string>* variables = nullptr;
};

// The alternatives that `text` stands for; docs/policy_reference.md#paths has
// the syntax. InvalidArgument: `invalid pattern "..." at column N: ...`, with
// what was expected.
absl::StatusOr<std::vector<PathPattern>> ParsePathPattern(
    absl::string_view text, const PathPatternOptions& options);

// A pattern in which every byte stands for itself, as in most: an absolute path
// in normal form, with "exact:" in front, or "/**" behind, or neither.
struct PlainPath {
  absl::string_view path;  // within the text that was parsed; "/" or "/a/b"
  bool subtree = false;    // as in PathPattern
};

// What ParsePathPattern() makes of `text`, with any options, if that is one
// plain path. nullopt if it is not, or if it is not plain at first sight. No
// allocation.
absl::optional<PlainPath> ParsePlainPath(absl::string_view text);
// `plain` as a pattern.
PathPattern ToPathPattern(const PlainPath& plain);

// The text that, as a pattern, stands for exactly this path's bytes.
std::string EscapePathPattern(absl::string_view path);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_PATTERN_H_
