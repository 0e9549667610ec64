#ifndef POSTERN_PERMISSION_TEXT_DISPLAY_H_
#define POSTERN_PERMISSION_TEXT_DISPLAY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace internal {

// Whether a reader cannot see the character for what it is: controls, line and
// paragraph ends, bidi and zero-width characters, fillers, blanks other than
// U+0020, private use, noncharacters (Unicode 15: Cc, Cf, Co, Zl, Zp, Zs,
// Default_Ignorable). Everything that is shown or logged uses this one list.
bool IsHiddenCharacter(uint32_t code_point);

// Text from an app, made safe to show to whoever decides about that app, on
// one line and without loss:
//   backslash  two of them
//   \u{202e}   a hidden character, and any space but a single one between two
//              words
//   \xff       a byte that is not UTF-8 (RFC 3629)
// Runs of spaces are escaped too, so that no padding moves text to where the
// terminal's next line begins. Not covered: look-alikes from other alphabets
// and stacked combining marks.
std::string EscapeForDisplay(absl::string_view text);

// EscapeForDisplay() between double quotes; a double quote inside is \".
std::string QuoteForDisplay(absl::string_view text);

// Gives back what EscapeForDisplay() was given. For QuoteForDisplay() pass what
// is between the outer quotes. InvalidArgument with the column for an unknown
// escape or a character that would have been escaped.
absl::StatusOr<std::string> UnescapeDisplayed(absl::string_view shown);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_DISPLAY_H_
