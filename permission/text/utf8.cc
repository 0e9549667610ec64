#include "permission/text/utf8.h"

#include <cstring>

#include "fs/base/utf8.h"

namespace postern {
namespace {

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

size_t DecodeUtf8(absl::string_view s, uint32_t* code_point) {
  const size_t length = fs::Utf8SequenceLength(s);
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
    const size_t length = fs::Utf8SequenceLength(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
}

}  // namespace postern
