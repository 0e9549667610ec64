#include "net/syntax_error.h"

#include "absl/strings/str_cat.h"

namespace postern {
namespace net {

absl::Status ToStatus(absl::string_view kind, absl::string_view text,
                      const SyntaxError& error) {
  constexpr size_t kShown = 200;
  return absl::InvalidArgumentError(
      absl::StrCat("invalid ", kind, " \"", text.substr(0, kShown),
                   text.size() > kShown ? "..." : "", "\" at column ",
                   error.at + 1, ": ", error.what));
}

}  // namespace net
}  // namespace postern
