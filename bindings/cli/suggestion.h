#ifndef POSTERN_BINDINGS_CLI_SUGGESTION_H_
#define POSTERN_BINDINGS_CLI_SUGGESTION_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "permission/internal/nearest_name.h"

namespace postern {
namespace cli {

// `, perhaps "check"` for the one of `known` that `name` is a likely slip of;
// "" if there is none.
inline std::string Suggestion(absl::string_view name,
                              const std::vector<std::string>& known) {
  const std::string near = internal::CloseName(name, known);
  return near.empty() ? "" : absl::StrCat(", perhaps \"", near, "\"");
}

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_SUGGESTION_H_
