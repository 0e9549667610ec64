#ifndef POSTERN_PERMISSION_LITERAL_PATTERN_H_
#define POSTERN_PERMISSION_LITERAL_PATTERN_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {

// Text that is to stand for itself, as a pattern of a rule. No character of it
// means anything there: neither a wildcard nor the beginning of a variable.

// The path and, unless "exact:" is put before it, all beneath it.
std::string LiteralPath(absl::string_view path);

// A program by its path, if there is a "/" in it, or by its bare name. A bare
// name that none can be ("a*b") makes a pattern that is refused.
std::string LiteralProgram(absl::string_view program);

// One argument of a call or of a command.
std::string LiteralArgument(absl::string_view argument);

}  // namespace postern

#endif  // POSTERN_PERMISSION_LITERAL_PATTERN_H_
