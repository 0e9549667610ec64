#include "net/punycode.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace postern {
namespace net {
namespace {

// RFC 3492, 5.
constexpr uint32_t kBase = 36, kTMin = 1, kTMax = 26, kSkew = 38, kDamp = 700;
constexpr uint32_t kInitialBias = 72, kInitialN = 128;
constexpr uint32_t kMaxCharacter = 0x10ffff;

uint32_t Threshold(uint32_t k, uint32_t bias) {
  return k <= bias ? kTMin : std::min(k - bias, kTMax);
}

// RFC 3492, 6.1.
uint32_t Adapt(uint32_t delta, uint32_t count, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / count;
  uint32_t k = 0;
  for (; delta > (kBase - kTMin) * kTMax / 2; k += kBase) {
    delta /= kBase - kTMin;
  }
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

int DigitValue(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (absl::ascii_isdigit(byte)) return c - '0' + 26;
  return absl::ascii_isalpha(byte) ? absl::ascii_tolower(byte) - 'a' : -1;
}

// Bytes in a buffer that may be too small.
class Output {
 public:
  Output(char* out, size_t capacity) : out_(out), capacity_(capacity) {}
  void Push(uint32_t byte) {
    if (size_ < capacity_) out_[size_] = static_cast<char>(byte);
    ++size_;
  }
  void PushDigit(uint32_t digit) {
    Push(digit < 26 ? 'a' + digit : '0' + digit - 26);
  }
  void PushNumber(uint32_t q, uint32_t bias) {
    for (uint32_t k = kBase;; k += kBase) {
      const uint32_t t = Threshold(k, bias);
      if (q < t) break;
      PushDigit(t + (q - t) % (kBase - t));
      q = (q - t) / (kBase - t);
    }
    PushDigit(q);
  }
  size_t size() const { return size_; }
  bool fits() const { return size_ <= capacity_; }

 private:
  char* const out_;
  const size_t capacity_;
  size_t size_ = 0;
};

// The smallest character that is not below `n`.
uint32_t NextCharacter(absl::Span<const uint32_t> characters, uint32_t n) {
  uint32_t next = UINT32_MAX;
  for (uint32_t c : characters) {
    if (c >= n) next = std::min(next, c);
  }
  return next;
}

}  // namespace

// 63 characters of at most 0x10ffff: no sum here reaches 2^32.
bool EncodePunycode(absl::Span<const uint32_t> characters, char* out,
                    size_t capacity, size_t* size) {
  if (characters.size() > kMaxLabelCharacters) return false;
  Output output(out, capacity);
  for (uint32_t c : characters) {
    if (c < 0x80) output.Push(c);
  }
  const auto basic = static_cast<uint32_t>(output.size());
  if (basic > 0) output.Push('-');
  uint32_t n = kInitialN, delta = 0, bias = kInitialBias, handled = basic;
  while (handled < characters.size()) {
    const uint32_t next = NextCharacter(characters, n);
    delta += (next - n) * (handled + 1);
    n = next;
    for (uint32_t c : characters) {
      if (c < n) ++delta;
      if (c != n) continue;
      output.PushNumber(delta, bias);
      ++handled;
      bias = Adapt(delta, handled, handled == basic + 1);
      delta = 0;
    }
    ++delta;
    ++n;
  }
  *size = output.size();
  return output.fits();
}

bool DecodePunycode(absl::string_view text, uint32_t* out, size_t* count) {
  const size_t dash = text.rfind('-');
  const size_t basic = dash == text.npos ? 0 : dash;
  if (text.empty() || basic > kMaxLabelCharacters) return false;
  for (size_t i = 0; i < basic; ++i) {
    if (!absl::ascii_isascii(static_cast<unsigned char>(text[i]))) return false;
    out[i] = static_cast<unsigned char>(text[i]);
  }
  uint32_t size = static_cast<uint32_t>(basic);
  uint64_t n = kInitialN, i = 0;
  uint32_t bias = kInitialBias;
  for (size_t at = basic == 0 ? 0 : basic + 1; at < text.size();) {
    const uint64_t old = i;
    uint64_t weight = 1;
    for (uint32_t k = kBase;; k += kBase) {
      const int digit = at < text.size() ? DigitValue(text[at++]) : -1;
      if (digit < 0) return false;
      i += static_cast<uint64_t>(digit) * weight;
      const uint32_t t = Threshold(k, bias);
      if (static_cast<uint32_t>(digit) < t) break;
      weight *= kBase - t;
      // Each weight is at least ten times the last one: `i` stays below 2^44.
      if (weight > UINT32_MAX) return false;
    }
    if (size == kMaxLabelCharacters) return false;
    ++size;
    n += i / size;
    if (n > kMaxCharacter) return false;
    bias = Adapt(static_cast<uint32_t>(i - old), size, old == 0);
    i %= size;
    std::copy_backward(out + i, out + size - 1, out + size);
    out[i++] = static_cast<uint32_t>(n);
  }
  *count = size;
  return true;
}

}  // namespace net
}  // namespace postern
