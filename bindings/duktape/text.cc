#include "bindings/duktape/text.h"

#include <cstdint>

#include "fs/base/utf8.h"

namespace postern {
namespace duktape {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// The surrogate that `s` begins with, as three bytes; 0 if there is none.
uint32_t SurrogateAt(absl::string_view s) {
  if (s.size() < 3 || static_cast<uint8_t>(s[0]) != 0xED) return 0;
  const auto second = static_cast<uint8_t>(s[1]);
  const auto third = static_cast<uint8_t>(s[2]);
  if (second < 0xA0 || second > 0xBF || (third & 0xC0) != 0x80) return 0;
  return 0xD000u | (second & 0x3Fu) << 6 | (third & 0x3Fu);
}

// The character of two surrogates; 0 if these are not a high and a low one.
uint32_t PairAt(absl::string_view s) {
  const uint32_t high = SurrogateAt(s);
  if (high == 0 || high >= 0xDC00) return 0;
  const uint32_t low = SurrogateAt(s.substr(3));
  if (low < 0xDC00) return 0;
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

void AppendSurrogate(uint32_t surrogate, std::string* out) {
  out->push_back(static_cast<char>(0xED));
  out->push_back(static_cast<char>(0x80 | (surrogate >> 6 & 0x3F)));
  out->push_back(static_cast<char>(0x80 | (surrogate & 0x3F)));
}

void AppendCharacter(uint32_t code_point, std::string* out) {
  if (code_point < 0x10000) return fs::AppendUtf8(code_point, out);
  AppendSurrogate(0xD800 + ((code_point - 0x10000) >> 10), out);
  AppendSurrogate(0xDC00 + ((code_point - 0x10000) & 0x3FF), out);
}

}  // namespace

bool ToUtf8(absl::string_view text, std::string* utf8) {
  utf8->clear();
  while (!text.empty()) {
    const size_t length = fs::Utf8SequenceLength(text);
    if (length > 0) {
      utf8->append(text.data(), length);
      text.remove_prefix(length);
      continue;
    }
    const uint32_t pair = PairAt(text);
    if (pair == 0) return false;
    fs::AppendUtf8(pair, utf8);
    text.remove_prefix(6);
  }
  return true;
}

std::string FromUtf8(absl::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    uint32_t code_point = kReplacement;
    const size_t length = fs::DecodeUtf8(bytes, &code_point);
    AppendCharacter(length == 0 ? kReplacement : code_point, &text);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

}  // namespace duktape
}  // namespace postern
