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
class PrefixHashes {
 public:
  // How many numbers are kept of a text.
  static constexpr size_t SumsFor(size_t bytes) { return bytes / 8 + 1; }

  // Keeps them in `sums`, as many as SumsFor() the longest text.
  explicit PrefixHashes(uint64_t* sums) : sums_(sums) {}
  PrefixHashes(const PrefixHashes&) = delete;
  PrefixHashes& operator=(const PrefixHashes&) = delete;

  // Takes a text, which must stay.
  void Read(uint64_t seed, absl::string_view text) {
    seed_ = seed;
    text_ = text.data();
    whole_ = text.size() / 8;
    last_ = LastWord(text);
    Sum(seed, text, [this](size_t word, uint64_t sum) { sums_[word] = sum; });
  }
  void Forget() { text_ = nullptr; }
  bool is_read() const { return text_ != nullptr; }

  // Of the first `size` bytes of the text. That there is no NUL byte tells how
  // long the last word was.
  uint64_t At(size_t size) const {
    const size_t word = size / 8;
    const uint64_t bytes = word == whole_ ? last_ : WordAt(text_, word);
    return Finish(seed_, sums_[word], bytes & kKept[size % 8]);
  }
  // Of all of one text.
  static uint64_t Of(uint64_t seed, absl::string_view text) {
    const uint64_t sum = Sum(seed, text, [](size_t, uint64_t) {});
    return Finish(seed, sum, LastWord(text));
  }

 private:
  static constexpr uint64_t kKept[8] = {
      FirstBytes(0), FirstBytes(1), FirstBytes(2), FirstBytes(3),
      FirstBytes(4), FirstBytes(5), FirstBytes(6), FirstBytes(7)};
  // Random; kPlace is even, so that every factor is odd.
  static constexpr uint64_t kPlace = 0x9e3779b97f4a7c16;
  static constexpr uint64_t kLast = 0xd6e8feb86659fd93;
  static constexpr uint64_t kEnd = 0xa0761d6478bd642f;

  static uint64_t WordAt(const char* text, size_t word) {
    uint64_t bytes;
    std::memcpy(&bytes, text + word * 8, 8);
    return bytes;
  }
  // The sum of the whole words; tells visit(word, sum of those before it).
  template <typename Visit>
  static uint64_t Sum(uint64_t seed, absl::string_view text, Visit visit) {
    const size_t whole = text.size() / 8;
    uint64_t sum = seed;
    uint64_t factor = seed | 1;
    for (size_t i = 0; i < whole; ++i) {
      visit(i, sum);
      sum += WordAt(text.data(), i) * factor;
      factor += kPlace;
    }
    visit(whole, sum);
    return sum;
  }
  static uint64_t Finish(uint64_t seed, uint64_t sum, uint64_t last) {
    const unsigned __int128 product =
        static_cast<unsigned __int128>((sum + last * kLast) ^ seed) * kEnd;
    return static_cast<uint64_t>(product >> 64) ^
           static_cast<uint64_t>(product);
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
    return word << (64 - left * 8);
#endif
  }

  uint64_t* const sums_;  // by word: of those before it
  const char* text_ = nullptr;
  size_t whole_ = 0;  // words of eight bytes
  uint64_t last_ = 0;
  uint64_t seed_ = 0;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PREFIX_HASH_H_
