#ifndef POSTERN_PERMISSION_TEXT_UTF8_H_
#define POSTERN_PERMISSION_TEXT_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {

// Reads the well-formed UTF-8 sequence that `s` begins with (RFC 3629). Returns
// its length and sets `code_point`; 0 if there is none.
size_t DecodeUtf8(absl::string_view s, uint32_t* code_point);

// `code_point` is a Unicode scalar value.
void AppendUtf8(uint32_t code_point, std::string* out);

// Where the first byte stands that is no part of well-formed UTF-8; npos if
// none does.
size_t FindInvalidUtf8(absl::string_view bytes);

inline bool IsUtf8(absl::string_view bytes) {
  return FindInvalidUtf8(bytes) == absl::string_view::npos;
}

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_UTF8_H_
