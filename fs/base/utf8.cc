#include "fs/base/utf8.h"

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

}  // namespace fs
}  // namespace postern
