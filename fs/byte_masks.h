#ifndef POSTERN_FS_BYTE_MASKS_H_
#define POSTERN_FS_BYTE_MASKS_H_

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace postern {
namespace fs {

// Sixteen bytes, compared all at once: one bit a byte, the first the lowest.
// By SSE2, which every x86-64 has; elsewhere eight bytes at a time.
class SixteenBytes {
 public:
#if defined(__SSE2__)
  explicit SixteenBytes(const char* p)
      : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) {}
  uint32_t Equal(char c) const {
    return static_cast<uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))));
  }

 private:
  __m128i bytes_;
#else
  explicit SixteenBytes(const char* p) { std::memcpy(words_, p, 16); }
  uint32_t Equal(char c) const {
    return EqualInWord(words_[0], c) | EqualInWord(words_[1], c) << 8;
  }

 private:
  // The high bit of each byte that is zero, exactly (no carries between
  // bytes), gathered into one byte by a multiplication. Little-endian; the
  // other order is put right first.
  static uint32_t EqualInWord(uint64_t word, char c) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    constexpr uint64_t kLows = 0x7f7f7f7f7f7f7f7f;
    const uint64_t x =
        word ^ (uint64_t{0x0101010101010101} * static_cast<unsigned char>(c));
    const uint64_t zeros = ~(((x & kLows) + kLows) | x | kLows);
    return static_cast<uint32_t>((zeros >> 7) * 0x0102040810204080 >> 56);
  }
  uint64_t words_[2];
#endif
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_BYTE_MASKS_H_
