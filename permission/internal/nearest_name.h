#ifndef POSTERN_PERMISSION_INTERNAL_NEAREST_NAME_H_
#define POSTERN_PERMISSION_INTERNAL_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {
namespace internal {

// The one of `known`, not empty, that somebody who typed `name` may have meant:
// one that ends in "-" and `name`, or else the one with the fewest bytes to
// change (Levenshtein). The first of `known` for a name of more than 40 bytes.
const std::string& NearestName(absl::string_view name,
                               const std::vector<std::string>& known);

// The one of `known` that is so near to `name` that it is likely a slip: a
// half of the bytes or fewer have to change. "" if none is, or for a name of
// more than 40 bytes.
std::string CloseName(absl::string_view name,
                      const std::vector<std::string>& known);

// `, perhaps "check"` for the CloseName() of `name`, to follow what was not
// known in a message; "" if there is none.
std::string Suggestion(absl::string_view name,
                       const std::vector<std::string>& known);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_NEAREST_NAME_H_
