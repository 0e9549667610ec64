#ifndef POSTERN_PERMISSION_TEXT_LITERAL_H_
#define POSTERN_PERMISSION_TEXT_LITERAL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {

// `text`, which is UTF-8, as a quoted string that JSON and protobuf's text
// format read back alike. Every character that EscapeForDisplay() escapes is
// escaped, save for backslashes (two) and spaces (as they are).
std::string QuoteLiteral(absl::string_view text);

// `bytes`, whatever they are, as a quoted string: each byte stands for the
// character of its number, so that all from 0x80 on are \u0080 to \u00ff.
std::string QuoteLatin1Literal(absl::string_view bytes);

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_LITERAL_H_
