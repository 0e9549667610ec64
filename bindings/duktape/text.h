#ifndef POSTERN_BINDINGS_DUKTAPE_TEXT_H_
#define POSTERN_BINDINGS_DUKTAPE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace duktape {

// Duktape keeps strings as CESU-8: as UTF-8, but for characters beyond U+FFFF,
// which are two surrogates of three bytes each.

// False for what is no text of characters: a lone surrogate, a symbol.
bool ToUtf8(absl::string_view text, std::string* utf8);

// What is no UTF-8 becomes U+FFFD, byte by byte, as TextDecoder has it.
std::string FromUtf8(absl::string_view bytes);

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_BINDINGS_DUKTAPE_TEXT_H_
