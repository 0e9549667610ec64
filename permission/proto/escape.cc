#include "permission/proto/escape.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/str_format.h"
#include "fs/utf8.h"
#include "permission/text/display.h"

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

// Where the first byte from `at` on is that is not ASCII; the size if all are.
// Eight at a time.
size_t SkipAscii(absl::string_view bytes, size_t at) {
  uint64_t eight;
  for (; bytes.size() - at >= sizeof(eight); at += sizeof(eight)) {
    std::memcpy(&eight, bytes.data() + at, sizeof(eight));
    if ((eight & 0x8080808080808080) != 0) break;
  }
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) {
    ++at;
  }
  return at;
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
  for (size_t at = 0;;) {
    at = SkipAscii(bytes, at);
    if (at == bytes.size()) return absl::string_view::npos;
    const size_t length = fs::Utf8SequenceLength(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
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
