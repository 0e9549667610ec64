#ifndef POSTERN_PROCESS_WRAPPERS_H_
#define POSTERN_PROCESS_WRAPPERS_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace process {

// Where a program that starts another one finds it in its arguments.
struct InnerCommand {
  enum class Found {
    kNoWrapper,  // not known as a program that starts another one so
    kUnknown,    // it is one, and what it starts cannot be told for certain
    kNothing,    // it starts none with these arguments
    kAt,         // `args[at]` is the program, what follows are its arguments
  };
  Found found = Found::kNoWrapper;
  size_t at = 0;
  // kUnknown: for people, as "\"-S\" splits one argument into a command".
  std::string why;
};

// Reads `args`, those behind the program's own name, as the program called
// `name` would (its last component, "timeout"): options by a table, then
// operands, then the command. Whatever is not in the table makes it kUnknown,
// and so do variables that are set for the inner command, shell text, and what
// is read from elsewhere (xargs, ssh, find).
InnerCommand FindInnerCommand(absl::string_view name,
                              absl::Span<const std::string> args);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_WRAPPERS_H_
