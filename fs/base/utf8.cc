#include "fs/base/utf8.h"

#include <cstring>

namespace postern {
namespace fs {
namespace {

// What may follow a leading byte: how many continuation bytes, and the range
// of the first of them (RFC 3629, section 4).
struct Lead {
  size_t continuations;
  unsigned char low, high;
};

Lead LeadOf(unsigned char c) {
  if (c >= 0xc2 && c <= 0xdf) return {1, 0x80, 0xbf};
  if (c == 0xe0) return {2, 0xa0, 0xbf};
  if (c == 0xed) return {2, 0x80, 0x9f};
  if (c >= 0xe1 && c <= 0xef) return {2, 0x80, 0xbf};
  if (c == 0xf0) return {3, 0x90, 0xbf};
  if (c >= 0xf1 && c <= 0xf3) return {3, 0x80, 0xbf};
  if (c == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
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

}  // namespace

size_t Utf8SequenceLength(absl::string_view s) {
  if (s.empty()) return 0;
  const auto byte = [s](size_t i) { return static_cast<unsigned char>(s[i]); };
  if (byte(0) < 0x80) return 1;
  const Lead lead = LeadOf(byte(0));
  if (lead.continuations == 0 || s.size() <= lead.continuations) return 0;
  if (byte(1) < lead.low || byte(1) > lead.high) return 0;
  for (size_t i = 2; i <= lead.continuations; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return lead.continuations + 1;
}

size_t DecodeUtf8(absl::string_view s, uint32_t* code_point) {
  const size_t length = Utf8SequenceLength(s);
  if (length == 0) return 0;
  const auto byte = [s](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(s[i]));
  };
  uint32_t value = length == 1 ? byte(0) : byte(0) & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) value = value << 6 | (byte(i) & 0x3f);
  *code_point = value;
  return length;
}

void AppendUtf8(uint32_t c, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3f)));
  };
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (c >> 12)));
    tail(6), tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | (c >> 18)));
    tail(12), tail(6), tail(0);
  }
}

size_t FindInvalidUtf8(absl::string_view bytes) {
  for (size_t at = 0;;) {
    at = SkipAscii(bytes, at);
    if (at == bytes.size()) return absl::string_view::npos;
    const size_t length = Utf8SequenceLength(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
}

}  // namespace fs
}  // namespace postern
