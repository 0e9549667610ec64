#include "net/csp/path_key.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "fs/base/utf8.h"
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

std::string ChromiumText(absl::string_view path) {
  const std::string decoded = PercentDecode(path);
  if (fs::IsUtf8(decoded)) return decoded;
  std::string out;
  for (char c : decoded) {
    fs::AppendUtf8(static_cast<unsigned char>(c), &out);  // as Latin-1
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
