#ifndef POSTERN_FS_BRACE_EXPANSION_H_
#define POSTERN_FS_BRACE_EXPANSION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// One byte of a pattern's text with its meaning settled: escapes are undone,
// so that no later step can mistake a literal for an operator.
struct PatternAtom {
  enum class Kind : uint8_t {
    kByte,  // stands for itself
    kSlash,
    kStar,
    kQuestion,
    kOpen,   // "{"
    kComma,  // inside of a group only
    kClose,  // "}"
  };
  Kind kind;
  char byte;
  uint16_t column;  // in the text, from 1
};

using PatternAtoms = std::vector<PatternAtom>;

// Bytes of all alternatives of one pattern, those included that are made of
// its parts on the way.
constexpr size_t kMaxExpandedBytes = size_t{1} << 18;

// `invalid pattern "TEXT" at column N: WHAT` as an InvalidArgument; a long text
// is cut.
absl::Status PatternError(absl::string_view text, size_t column,
                          absl::string_view what);

// Expands the groups `{a,b}` of `atoms`, nested ones too, into at most `limit`
// alternatives without kOpen, kComma and kClose. A kComma outside of any group
// is a literal. `text` is for error messages.
absl::StatusOr<std::vector<PatternAtoms>> ExpandBraces(absl::string_view text,
                                                       PatternAtoms atoms,
                                                       int limit);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_BRACE_EXPANSION_H_
