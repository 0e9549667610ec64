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

// Hashes of the beginnings of one text without NUL bytes, at any length, after
// one pass over it: a chain of 128-bit products, one for each block of sixteen
// bytes, of which the sum so far is kept. A beginning adds its last sixteen
// bytes to the sum before it, and its size, for which nothing has to be cut
// off. All factors hang on the seed, so that without it no names can be made
// that collide, whatever their bytes; a sum of words with factors would not do.
// Not for secrets: whoever uses a hash compares the bytes too.
class PrefixHashes {
 public:
  // How many numbers are kept of a text.
  static constexpr size_t SumsFor(size_t bytes) { return bytes / kBlock + 1; }

  // Keeps them in `sums`, as many as SumsFor() the longest text.
  explicit PrefixHashes(uint64_t* sums) : sums_(sums) {}
  PrefixHashes(const PrefixHashes&) = delete;
  PrefixHashes& operator=(const PrefixHashes&) = delete;

  // Takes a text, which must stay.
  void Read(uint64_t seed, absl::string_view text) {
    key_ = KeyOf(seed);
    text_ = text.data();
    head_.Read(text);
    const uint64_t key = key_;
    uint64_t sum = seed;
    for (size_t i = 0; i < text.size() / kBlock; ++i) {
      sums_[i] = sum;
      sum = Mix(text_ + i * kBlock, key, sum);
    }
    sums_[text.size() / kBlock] = sum;
  }
  void Forget() { text_ = nullptr; }
  bool is_read() const { return text_ != nullptr; }

  // Of the first `size` bytes of the text.
  uint64_t At(size_t size) const {
    return End(LastBytes(size), key_ * size, sums_[size / kBlock]);
  }
  // Of all of one text.
  static uint64_t Of(uint64_t seed, absl::string_view text) {
    const uint64_t key = KeyOf(seed);
    uint64_t sum = seed;
    for (size_t i = 0; i < text.size() / kBlock; ++i) {
      sum = Mix(text.data() + i * kBlock, key, sum);
    }
    if (text.size() >= kBlock) {
      return End(text.data() + text.size() - kBlock, key * text.size(), sum);
    }
    Head head;
    head.Read(text);
    return End(head.bytes + text.size(), key * text.size(), sum);
  }

 private:
  static constexpr size_t kBlock = 16;
  // Random.
  static constexpr uint64_t kKey = 0x9e3779b97f4a7c15;
  static constexpr uint64_t kFactor = 0xd6e8feb86659fd93;

  // The beginning of a text with a block of zeros before it: where a beginning
  // has less than a block, zeros are the rest.
  struct Head {
    char bytes[2 * kBlock];
    void Read(absl::string_view text) {
      std::memset(bytes, 0, sizeof(bytes));
      if (text.size() >= kBlock) {
        std::memcpy(bytes + kBlock, text.data(), kBlock);
      } else {
        std::memcpy(bytes + kBlock, text.data(), text.size());
      }
    }
  };

  // Both halves of the product.
  static uint64_t Fold(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product >> 64) ^
           static_cast<uint64_t>(product);
  }
  // Odd, so that no size makes it zero.
  static uint64_t KeyOf(uint64_t seed) {
    return Fold(seed ^ kKey, kFactor) | 1;
  }
  // Of a block at `p`.
  static uint64_t Mix(const char* p, uint64_t key, uint64_t sum) {
    uint64_t first, second;
    std::memcpy(&first, p, 8);
    std::memcpy(&second, p + 8, 8);
    return Fold(first ^ key, second ^ sum);
  }
  // Of the last block. Of texts that differ in a few bytes one factor is the
  // same, and for some seeds their products lie close together. Multiplied once
  // more, the upper bits, by which tables go, hang on the lower ones as well.
  static uint64_t End(const char* p, uint64_t key, uint64_t sum) {
    return Mix(p, key, sum) * kFactor;
  }
  // The block before `size`. Without a jump: which beginnings are short is
  // nothing that the processor could guess.
  const char* LastBytes(size_t size) const {
    const uintptr_t text = reinterpret_cast<uintptr_t>(text_) - kBlock;
    const uintptr_t head = reinterpret_cast<uintptr_t>(head_.bytes);
    const uintptr_t is_short = uintptr_t{0} - uintptr_t{size < kBlock};
    return reinterpret_cast<const char*>(text + ((head - text) & is_short) +
                                         size);
  }

  uint64_t* const sums_;  // by block: of those before it
  const char* text_ = nullptr;
  Head head_;
  uint64_t key_ = 0;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PREFIX_HASH_H_
