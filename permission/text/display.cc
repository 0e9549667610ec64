#include "permission/text/display.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "fs/base/utf8.h"

namespace postern {
namespace internal {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// In ascending order. U+0020 is judged by its neighbours instead.
constexpr Range kHidden[] = {
    {0x0000, 0x001f},   {0x007f, 0x00a0},   {0x00ad, 0x00ad},
    {0x034f, 0x034f},   {0x0600, 0x0605},   {0x061c, 0x061c},
    {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},
    {0x08e2, 0x08e2},   {0x115f, 0x1160},   {0x1680, 0x1680},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},
    {0x3000, 0x3000},   {0x3164, 0x3164},   {0xe000, 0xf8ff},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

// Whether the space at `at` is not a single one between two words.
bool PaddingSpace(absl::string_view text, size_t at) {
  return at == 0 || at + 1 == text.size() || text[at - 1] == ' ';
}

std::string Escape(absl::string_view text, bool quotes) {
  std::string out;
  for (size_t at = 0, length; at < text.size(); at += length) {
    uint32_t code = 0;
    length = fs::DecodeUtf8(text.substr(at), &code);
    const char c = text[at];
    if (length == 0) {
      length = 1;
      absl::StrAppend(&out, "\\x", absl::BytesToHexString(text.substr(at, 1)));
    } else if (c == '\\' || (c == '"' && quotes)) {
      absl::StrAppend(&out, "\\", text.substr(at, 1));
    } else if (IsHiddenCharacter(code) ||
               (c == ' ' && PaddingSpace(text, at))) {
      absl::StrAppend(&out, "\\u{", absl::Hex(code), "}");
    } else {
      absl::StrAppend(&out, text.substr(at, length));
    }
  }
  return out;
}

// The value of `digits`, lower-case hexadecimal; nullopt for anything else.
absl::optional<uint32_t> FromHex(absl::string_view digits) {
  if (digits.empty() || digits.size() > 6) return absl::nullopt;
  uint32_t value = 0;
  for (char c : digits) {
    const size_t digit = absl::string_view("0123456789abcdef").find(c);
    if (digit == absl::string_view::npos) return absl::nullopt;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  return value;
}

// Decodes the "{202e}" that `s` begins with; its length, or 0.
size_t DecodeCodePoint(absl::string_view s, std::string* out) {
  const size_t end = s.find('}');
  if (s.empty() || s[0] != '{' || end == absl::string_view::npos) return 0;
  const absl::optional<uint32_t> code = FromHex(s.substr(1, end - 1));
  if (!code || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff)) {
    return 0;
  }
  fs::AppendUtf8(*code, out);
  return end + 1;
}

// Decodes the escape that `s` begins with, at its backslash; its length, or 0.
size_t DecodeEscape(absl::string_view s, std::string* out) {
  if (s.size() < 2) return 0;
  if (s[1] == '\\' || s[1] == '"') {
    out->push_back(s[1]);
    return 2;
  }
  if (s[1] == 'u') {
    const size_t length = DecodeCodePoint(s.substr(2), out);
    return length == 0 ? 0 : 2 + length;
  }
  if (s[1] != 'x' || s.size() < 4) return 0;
  const absl::optional<uint32_t> byte = FromHex(s.substr(2, 2));
  if (!byte || *byte < 0x80) return 0;
  out->push_back(static_cast<char>(*byte));
  return 4;
}

absl::Status Invalid(size_t at, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid escaped text at column ", at + 1, ": ", what));
}

}  // namespace

bool IsHiddenCharacter(uint32_t code_point) {
  for (const Range& range : kHidden) {
    if (code_point < range.first) return false;
    if (code_point <= range.last) return true;
  }
  return false;
}

std::string EscapeForDisplay(absl::string_view text) {
  return Escape(text, /*quotes=*/false);
}

std::string QuoteForDisplay(absl::string_view text) {
  return absl::StrCat("\"", Escape(text, /*quotes=*/true), "\"");
}

absl::StatusOr<std::string> UnescapeDisplayed(absl::string_view shown) {
  std::string out;
  for (size_t at = 0, length; at < shown.size(); at += length) {
    if (shown[at] == '\\') {
      length = DecodeEscape(shown.substr(at), &out);
      if (length == 0) {
        return Invalid(at, "expected \\\\, \\\", \\u{hex} or \\xhh");
      }
      continue;
    }
    uint32_t code = 0;
    length = fs::DecodeUtf8(shown.substr(at), &code);
    if (length == 0) return Invalid(at, "a byte that is not UTF-8");
    if (IsHiddenCharacter(code)) {
      return Invalid(at, "a hidden character that is not escaped");
    }
    absl::StrAppend(&out, shown.substr(at, length));
  }
  return out;
}

}  // namespace internal
}  // namespace postern
