#ifndef POSTERN_FS_BASE_UTF8_H_
#define POSTERN_FS_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// The length in bytes of the well-formed UTF-8 sequence that `s` begins with
// (RFC 3629: nothing overlong, no surrogates), or 0 if there is none.
size_t Utf8SequenceLength(absl::string_view s);

// The length of the unit that `s` begins with: one well-formed sequence, or one
// byte if there is none. `s` must not be empty. Names are compared unit by
// unit, so that "?" is one character of a UTF-8 name and one byte of any other.
inline size_t UnitLength(absl::string_view s) {
  if (static_cast<unsigned char>(s[0]) < 0x80) return 1;
  const size_t length = Utf8SequenceLength(s);
  return length == 0 ? 1 : length;
}

// Reads the well-formed sequence that `s` begins with. Returns its length and
// sets `code_point`; 0 if there is none.
size_t DecodeUtf8(absl::string_view s, uint32_t* code_point);

// `code_point` is a Unicode scalar value.
void AppendUtf8(uint32_t code_point, std::string* out);

// Where the first byte stands that is no part of well-formed UTF-8; npos if
// none does.
size_t FindInvalidUtf8(absl::string_view bytes);

inline bool IsUtf8(absl::string_view bytes) {
  return FindInvalidUtf8(bytes) == absl::string_view::npos;
}

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_BASE_UTF8_H_
