#ifndef POSTERN_FS_PREFIX_HASH_H_
#define POSTERN_FS_PREFIX_HASH_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// A number that nobody outside the process can guess, so that nobody can make
// names that collide: from the random bytes that the kernel gave the process
// (getauxval(3), AT_RANDOM). The same for the whole life of the process.
uint64_t ProcessSeed();

// Hashes of the beginnings of one text, at any length, after one pass over it:
// each word of eight bytes is multiplied by a number of its place, and the sum
// so far is kept. Not for secrets: whoever uses a hash compares the bytes too.
// Large (16 KiB): lives on the stack of one check.
class PrefixHashes {
 public:
  static constexpr size_t kMaxBytes = 8191;

  // `text`, at most kMaxBytes, is not used later.
  PrefixHashes(uint64_t seed, absl::string_view text) : seed_(seed) {
    const size_t whole = text.size() / 8;
    uint64_t sum = seed;
    for (size_t i = 0; i < whole; ++i) {
      std::memcpy(&words_[i], text.data() + i * 8, 8);
      sums_[i] = sum;
      sum += Product(words_[i], i);
    }
    sums_[whole] = sum;
    words_[whole] = LastWord(text);
  }
  PrefixHashes(const PrefixHashes&) = delete;
  PrefixHashes& operator=(const PrefixHashes&) = delete;

  // Of the first `size` bytes of the text.
  uint64_t At(size_t size) const {
    const size_t word = size / 8;
    const uint64_t kept = (uint64_t{1} << (size % 8 * 8)) - 1;
    const uint64_t sum = sums_[word] + Product(words_[word] & kept, word);
    return Fold(sum ^ (size * kPlace), seed_ ^ kEnd);
  }

 private:
  static constexpr uint64_t kPlace = 0x9e3779b97f4a7c15;  // of 64 random bits
  static constexpr uint64_t kEnd = 0xd6e8feb86659fd93;

  static uint64_t Fold(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product >> 64) ^
           static_cast<uint64_t>(product);
  }
  uint64_t Product(uint64_t word, size_t place) const {
    return Fold(word ^ seed_, (seed_ + (place + 1) * kPlace) | 1);
  }
  // The bytes behind the last whole word, as memory has them; else zeros.
  static uint64_t LastWord(absl::string_view text) {
    uint64_t word = 0;
    const size_t left = text.size() % 8;
    const char* const end = text.data() + text.size();
    if (left == 0) return 0;
    if (text.size() < 8) {
      std::memcpy(&word, text.data(), left);
      return word;
    }
    std::memcpy(&word, end - 8, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word >> (64 - left * 8);
#else
    word = 0;
    std::memcpy(&word, end - left, left);
    return word;
#endif
  }

  const uint64_t seed_;
  union {  // no constructor runs over the arrays
    uint64_t words_[kMaxBytes / 8 + 1];
  };
  union {
    uint64_t sums_[kMaxBytes / 8 + 1];
  };
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PREFIX_HASH_H_
