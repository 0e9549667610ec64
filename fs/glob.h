#ifndef POSTERN_FS_GLOB_H_
#define POSTERN_FS_GLOB_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// Patterns for one component of a path: "*" is any number of units, "?" one
// (see UnitLength), "\" makes the next byte literal.

// Appends `byte` to `glob` so that it stands for itself.
void AppendGlobLiteral(char byte, std::string* glob);

// Whether `glob` matches the whole of `name`. `glob` is well formed: no "\" at
// its end. No allocation; at most glob.size() * name.size() steps.
bool GlobMatches(absl::string_view glob, absl::string_view name);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_GLOB_H_
