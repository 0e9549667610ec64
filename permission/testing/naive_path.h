#ifndef POSTERN_PERMISSION_TESTING_NAIVE_PATH_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_PATH_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace postern {
namespace testing {

// Path patterns for the oracle: written from the design's text, one idea a
// function, slow. Shares no code with fs/, on purpose.

// The components of a normalised absolute path; none for the root.
using NaivePath = std::vector<std::string>;

// One position of a pattern component. Text is cut into characters: a
// well-formed UTF-8 sequence is one, any other byte is one of its own.
struct NaiveAtom {
  enum class Kind { kLiteral, kAnyOne, kStar };
  Kind kind = Kind::kLiteral;
  std::string character;  // kLiteral
};

struct NaiveComponent {
  bool double_star = false;  // then no atoms
  std::vector<NaiveAtom> atoms;
};

// What is left of a pattern once variables, braces and the base directory are
// replaced.
struct NaiveAlternative {
  std::vector<NaiveComponent> components;
  bool wildcard = false;
  bool subtree = false;  // a plain pattern: all that lies beneath, too
  // Written "exact:", without a wildcard or ending in "**": not a trap when
  // denied.
  bool sealed = false;
};

// What patterns and names are read against.
struct NaivePathContext {
  absl::optional<NaivePath> base;
  std::map<std::string, std::string> variables;
};

// The characters of `text`, in order.
std::vector<std::string> NaiveCharacters(absl::string_view text);

// Lexical normal form; nullopt for what is no path or has nowhere to start.
absl::optional<NaivePath> NaiveNormalize(absl::string_view path,
                                         const absl::optional<NaivePath>& base);

absl::StatusOr<std::vector<NaiveAlternative>> ParseNaivePath(
    absl::string_view pattern, const NaivePathContext& context);

// Does `alternative` match exactly the object `path`?
bool NaiveMatches(const NaiveAlternative& alternative, const NaivePath& path);
// Could it match, beneath `path`, one object and not its neighbour? Not what it
// matches by covering.
bool NaiveCanMatchBeneath(const NaiveAlternative& alternative,
                          const NaivePath& path);
// Does it alone, by its last part, match `path` and all beneath?
bool NaiveCovers(const NaiveAlternative& alternative, const NaivePath& path);

// More than 0 if `a` is more specific than `b`, 0 if equal, for a `path` that
// both match: the order of "Access decisions" in the test vectors' description.
int NaiveCompare(const NaiveAlternative& a, const NaiveAlternative& b,
                 const NaivePath& path);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_PATH_H_
