#ifndef POSTERN_FS_BYTE_MASKS_H_
#define POSTERN_FS_BYTE_MASKS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace postern {
namespace fs {

// Which of 64 bytes are slashes and which are dots: bit i for the byte at i.
struct PathBytes {
  uint64_t slashes;
  uint64_t dots;
  bool has_nul;

  // The bytes from the one at `first` on, to be put behind `to` others.
  PathBytes Part(unsigned first, unsigned to) const {
    return {slashes >> first << to, dots >> first << to, has_nul};
  }
};

#if defined(__SSE2__)

// 64 bytes at `p`, by SSE2, which every x86-64 has.
inline PathBytes LookAt64(const char* p) {
  const auto load = [p](size_t at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
  };
  const __m128i a = load(0), b = load(16), c = load(32), d = load(48);
  const auto equal = [&](char byte) {
    const __m128i same = _mm_set1_epi8(byte);
    const auto mask = [same](__m128i x) {
      return uint64_t{
          static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, same)))};
    };
    return (mask(a) | mask(b) << 16) | (mask(c) | mask(d) << 16) << 32;
  };
  const __m128i least = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
  const int nuls =
      _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128()));
  return {equal('/'), equal('.'), nuls != 0};
}

#else

// 64 bytes at `p`, eight at a time.
inline PathBytes LookAt64(const char* p) {
  PathBytes bytes = {0, 0, false};
  for (size_t i = 0; i < 64; i += 8) {
    uint64_t word;
    std::memcpy(&word, p + i, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    // The high bit of each byte that is `byte`, exactly (no carries between
    // bytes), gathered into one byte by a multiplication.
    const auto equal = [word](char byte) {
      constexpr uint64_t kLows = 0x7f7f7f7f7f7f7f7f;
      const uint64_t x = word ^ (uint64_t{0x0101010101010101} *
                                 static_cast<unsigned char>(byte));
      const uint64_t zeros = ~(((x & kLows) + kLows) | x | kLows);
      return (zeros >> 7) * 0x0102040810204080 >> 56;
    };
    bytes.slashes |= equal('/') << i;
    bytes.dots |= equal('.') << i;
    bytes.has_nul = bytes.has_nul || equal('\0') != 0;
  }
  return bytes;
}

#endif

// `size` bytes at `p`, at most 63, of which the first may be read from `start`
// on. Bits behind the last are zero.
inline PathBytes LookAtRest(const char* start, const char* p, size_t size) {
  if (size == 0) return {0, 0, false};
  if (static_cast<size_t>(p - start) + size >= 64) {
    // The last 64, without those that were seen already.
    return LookAt64(p + size - 64).Part(static_cast<unsigned>(64 - size), 0);
  }
  char bytes[64];
  std::memset(bytes, 1, sizeof(bytes));
  std::memcpy(bytes, p, size);
  return LookAt64(bytes);
}

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_BYTE_MASKS_H_
