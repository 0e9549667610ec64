#include "net/csp/path_key.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

// Decodes, and encodes anew all but "/" and what needs no encoding.
std::string SpecText(absl::string_view path) {
  std::string out;
  size_t start = 0;
  while (true) {
    const size_t end = path.find('/', start);
    for (char c : PercentDecode(
             path.substr(start, end == path.npos ? path.npos : end - start))) {
      const unsigned char byte = static_cast<unsigned char>(c);
      if (absl::ascii_isalnum(byte) || absl::StrContains("-._~", c)) {
        out.push_back(c);
      } else {
        out.push_back('%');
        out.push_back(kHexDigits[byte >> 4]);
        out.push_back(kHexDigits[byte & 15]);
      }
    }
    if (end == path.npos) return out;
    out.push_back('/');
    start = end + 1;
  }
}

// The length of the UTF-8 character that `text` starts with (RFC 3629), 0 if
// there is none.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (byte(0) == 0xE0 && byte(1) < 0xA0) return 0;
  if (byte(0) == 0xED && byte(1) > 0x9F) return 0;
  if (byte(0) == 0xF0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ChromiumText(absl::string_view path) {
  const std::string decoded = PercentDecode(path);
  if (IsUtf8(decoded)) return decoded;
  std::string out;
  for (char c : decoded) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      out.push_back(c);
      continue;
    }
    out.push_back(static_cast<char>(0xC0 | (byte >> 6)));
    out.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
  }
  return out;
}

}  // namespace

PathKey MakePathKey(absl::string_view path, Dialect dialect) {
  if (path.empty()) path = "/";
  PathKey key;
  key.text = dialect == Dialect::kSpec ? SpecText(path) : ChromiumText(path);
  key.is_prefix = absl::EndsWith(key.text, "/");
  return key;
}

}  // namespace csp
}  // namespace postern
