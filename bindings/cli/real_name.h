#ifndef POSTERN_BINDINGS_CLI_REAL_NAME_H_
#define POSTERN_BINDINGS_CLI_REAL_NAME_H_

#include <string>

#include "absl/status/statusor.h"

namespace postern {
namespace cli {

// The name that the absolute `path` really has now, after following every
// link, the last one and dangling ones too. What does not exist is kept as it
// was given. An error if a directory cannot be looked into or links do not
// end. Advisory: it may have changed on return.
absl::StatusOr<std::string> RealName(const std::string& path);

// The working directory's name. FailedPrecondition if it has none any more.
absl::StatusOr<std::string> WorkingDirectory();

// `path` if it is absolute, else as it is named from `base` on, which is.
std::string NameFrom(const std::string& base, const std::string& path);
// The same from the working directory on, whose name has to be known.
absl::StatusOr<std::string> NameFromHere(const std::string& path);

// The absolute `path` without "//", "." and "..", as rules take names: nothing
// is looked up.
std::string LexicalName(const std::string& path);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_REAL_NAME_H_
