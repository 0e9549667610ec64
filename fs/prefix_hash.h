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

// A mask of the first bytes of a word, in the order of memory; less than eight.
constexpr uint64_t FirstBytes(unsigned bytes) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (uint64_t{1} << (bytes * 8)) - 1;
#else
  return ~(~uint64_t{0} >> (bytes * 8));
#endif
}

// Hashes of the beginnings of one text without NUL bytes, at any length, after
// one pass over it: each word of eight bytes is multiplied by an odd number of
// its place, and the sum so far is kept (multilinear hashing). Not for secrets:
// whoever uses a hash compares the bytes too.
// Large (16 KiB): lives on the stack of one check.
class PrefixHashes {
 public:
  static constexpr size_t kMaxBytes = 8191;

  PrefixHashes() {}  // leaves the arrays as they are
  PrefixHashes(uint64_t seed, absl::string_view text) { Read(seed, text); }
  PrefixHashes(const PrefixHashes&) = delete;
  PrefixHashes& operator=(const PrefixHashes&) = delete;

  // Takes another text, at most kMaxBytes, which is not used later.
  void Read(uint64_t seed, absl::string_view text) {
    seed_ = seed;
    const size_t whole = text.size() / 8;
    uint64_t sum = seed;
    uint64_t factor = seed | 1;
    for (size_t i = 0; i < whole; ++i) {
      std::memcpy(&words_[i], text.data() + i * 8, 8);
      sums_[i] = sum;
      sum += words_[i] * factor;
      factor += kPlace;
    }
    sums_[whole] = sum;
    words_[whole] = LastWord(text);
    is_read_ = true;
  }
  bool is_read() const { return is_read_; }

  // Of the first `size` bytes of the text. That there is no NUL byte tells how
  // long the last word was.
  uint64_t At(size_t size) const {
    const size_t word = size / 8;
    const uint64_t sum = sums_[word] + (words_[word] & kKept[size % 8]) * kLast;
    const unsigned __int128 product =
        static_cast<unsigned __int128>(sum ^ seed_) * kEnd;
    return static_cast<uint64_t>(product >> 64) ^
           static_cast<uint64_t>(product);
  }

 private:
  static constexpr uint64_t kKept[8] = {
      FirstBytes(0), FirstBytes(1), FirstBytes(2), FirstBytes(3),
      FirstBytes(4), FirstBytes(5), FirstBytes(6), FirstBytes(7)};
  // Random; kPlace is even, so that every factor is odd.
  static constexpr uint64_t kPlace = 0x9e3779b97f4a7c16;
  static constexpr uint64_t kLast = 0xd6e8feb86659fd93;
  static constexpr uint64_t kEnd = 0xa0761d6478bd642f;

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
    return word << (64 - left * 8);
#endif
  }

  uint64_t seed_ = 0;
  bool is_read_ = false;
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
