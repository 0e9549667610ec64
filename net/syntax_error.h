#ifndef POSTERN_NET_SYNTAX_ERROR_H_
#define POSTERN_NET_SYNTAX_ERROR_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace net {

// Where a text stopped making sense, and what was expected there. It holds
// static text only, because checks make it too, and must not allocate.
struct SyntaxError {
  size_t at = 0;  // offset in bytes
  const char* what = "";

  // For `return error->Set(...)`: always false.
  bool Set(size_t offset, const char* expected) {
    at = offset;
    what = expected;
    return false;
  }
};

// `invalid KIND "TEXT" at column N: WHAT`; a long text is cut.
absl::Status ToStatus(absl::string_view kind, absl::string_view text,
                      const SyntaxError& error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_SYNTAX_ERROR_H_
