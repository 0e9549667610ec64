#include "permission/text/literal.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "fs/base/utf8.h"
#include "permission/text/display.h"

namespace postern {
namespace {

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

// `unit` is the character in the bytes of the text.
void AppendCharacter(uint32_t character, absl::string_view unit,
                     std::string* out) {
  if (internal::IsHiddenCharacter(character)) {
    return AppendEscape(character, out);
  }
  if (character == '"' || character == '\\') out->push_back('\\');
  out->append(unit.data(), unit.size());
}

}  // namespace

std::string QuoteLiteral(absl::string_view text) {
  std::string out = "\"";
  for (size_t at = 0, length; at < text.size(); at += length) {
    uint32_t character = 0;
    length = fs::DecodeUtf8(text.substr(at), &character);
    if (length == 0) {  // the caller's fault; shown as in Latin-1
      AppendEscape(static_cast<unsigned char>(text[at]), &out);
      length = 1;
      continue;
    }
    AppendCharacter(character, text.substr(at, length), &out);
  }
  out.push_back('"');
  return out;
}

std::string QuoteLatin1Literal(absl::string_view bytes) {
  std::string out = "\"";
  for (size_t at = 0; at < bytes.size(); ++at) {
    const unsigned char byte = static_cast<unsigned char>(bytes[at]);
    if (byte >= 0x80) {
      AppendEscape(byte, &out);
    } else {
      AppendCharacter(byte, bytes.substr(at, 1), &out);
    }
  }
  out.push_back('"');
  return out;
}

}  // namespace postern
