#include "permission/proto/escape.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "fs/utf8.h"
#include "permission/internal/escape.h"

namespace postern {
namespace {

// The code point of one well-formed sequence.
uint32_t Decode(absl::string_view sequence) {
  const uint32_t lead = static_cast<unsigned char>(sequence[0]);
  uint32_t value =
      sequence.size() == 1 ? lead : lead & (0x7f >> sequence.size());
  for (size_t i = 1; i < sequence.size(); ++i) {
    value = value << 6 | (static_cast<unsigned char>(sequence[i]) & 0x3f);
  }
  return value;
}

// Whether the character is not seen as itself.
bool Hidden(absl::string_view sequence) {
  const unsigned char lead = static_cast<unsigned char>(sequence[0]);
  if (lead < 0x80) return lead < 0x20 || lead == 0x7f;
  return internal::EscapeForDisplay(sequence) != sequence;
}

// \uXXXX; beyond the first plane a pair of surrogates.
void AppendEscape(uint32_t value, std::string* out) {
  if (value == '\n') {
    out->append("\\n");
  } else if (value < 0x10000) {
    absl::StrAppendFormat(out, "\\u%04x", value);
  } else {
    value -= 0x10000;
    absl::StrAppendFormat(out, "\\u%04x\\u%04x", 0xd800 + (value >> 10),
                          0xdc00 + (value & 0x3ff));
  }
}

}  // namespace

size_t FindInvalidUtf8(absl::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const bool ascii = static_cast<unsigned char>(bytes[at]) < 0x80;
    const size_t length = ascii ? 1 : fs::Utf8SequenceLength(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return absl::string_view::npos;
}

std::string QuoteLiteral(absl::string_view text) {
  std::string out = "\"";
  for (size_t at = 0, length; at < text.size(); at += length) {
    length = fs::UnitLength(text.substr(at));
    const absl::string_view unit = text.substr(at, length);
    if (Hidden(unit)) {
      AppendEscape(Decode(unit), &out);
      continue;
    }
    if (unit == "\"" || unit == "\\") out.push_back('\\');
    out.append(unit.data(), unit.size());
  }
  out.push_back('"');
  return out;
}

}  // namespace postern
