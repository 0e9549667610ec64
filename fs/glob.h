#ifndef POSTERN_FS_GLOB_H_
#define POSTERN_FS_GLOB_H_

#include <cstddef>
#include <cstring>
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

// Where the "*" stands in a glob that beside it has bytes of ASCII alone, which
// stand for themselves; npos in others.
size_t OnlyStar(absl::string_view glob);
// GlobMatches(), faster, for a glob whose OnlyStar() is `star`.
inline bool OneStarMatches(absl::string_view glob, size_t star,
                           absl::string_view name) {
  const size_t behind = glob.size() - star - 1;
  return name.size() >= star + behind &&
         std::memcmp(name.data(), glob.data(), star) == 0 &&
         std::memcmp(name.data() + name.size() - behind, glob.data() + star + 1,
                     behind) == 0;
}

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_GLOB_H_
