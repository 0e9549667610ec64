#ifndef POSTERN_PERMISSION_INTERNAL_PATTERN_SLIP_H_
#define POSTERN_PERMISSION_INTERNAL_PATTERN_SLIP_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace postern {
namespace internal {

// What looks like a slip of the pen in the text of a pattern that is legal.
enum class PatternSlip : uint8_t {
  kNone,
  kBlank,  // it, or an alternative in its braces, begins or ends with a blank
  kList,   // it goes on behind a comma as if it were a list, as flags have them
};

// What a comma has to stand before, for a list: a blank, or one of these.
enum class ListMark : uint8_t { kBlank, kSlash, kAnything };

// Escaped characters are meant. No allocation.
PatternSlip FindPatternSlip(absl::string_view text, ListMark mark);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PATTERN_SLIP_H_
