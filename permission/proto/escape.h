#ifndef POSTERN_PERMISSION_PROTO_ESCAPE_H_
#define POSTERN_PERMISSION_PROTO_ESCAPE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {

// Where the first byte stands that is no part of well-formed UTF-8 (RFC 3629);
// npos if none does.
size_t FindInvalidUtf8(absl::string_view bytes);

// `text`, which is UTF-8, as a quoted string that JSON and protobuf's text
// format read back alike. What EscapeForDisplay() would hide is escaped, save
// for spaces.
std::string QuoteLiteral(absl::string_view text);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_ESCAPE_H_
