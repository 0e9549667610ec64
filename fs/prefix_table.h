#ifndef POSTERN_FS_PREFIX_TABLE_H_
#define POSTERN_FS_PREFIX_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fs/large_pages.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace postern {
namespace fs {

// Numbers by 64-bit hash, many of which are asked for at once: a bucket is one
// cache line, and to see that it does not hold a hash takes no jump that the
// processor could guess wrong. It stores 16 bits of each hash: whoever looks
// something up compares what was found.
// Thread-safe once filled.
class PrefixTable {
 public:
  // Room for `count` numbers.
  explicit PrefixTable(size_t count = 0)
      : buckets_(count * 2 / (2 * kUsual - 1) + 1) {}

  void Insert(uint64_t hash, uint32_t number);

  // Calls `found` with numbers that may have been inserted with this hash,
  // until it says true; whether it did.
  template <typename Found>
  bool Find(uint64_t hash, Found found) const {
    for (size_t home = BucketOf(hash);;) {
      const Bucket& bucket = buckets_[home];
      for (uint32_t bits = bucket.Matches(TagOf(hash)); bits != 0;
           bits &= bits - 1) {
        if (found(bucket.numbers[__builtin_ctz(bits) / 2])) return true;
      }
      if (!bucket.PassedOn(hash)) return false;
      home = home + 1 == buckets_.size() ? 0 : home + 1;
    }
  }
  // Whether Find() would call; rarely yes for nothing.
  bool MayHold(uint64_t hash) const {
    const Bucket& bucket = buckets_[BucketOf(hash)];
    return (bucket.MatchBits(TagOf(hash)) |
            (bucket.passed_on >> (hash % 32) & 1)) != 0;
  }

  size_t MemoryBytes() const { return buckets_.capacity() * sizeof(Bucket); }

 private:
  static constexpr size_t kSlots = 10;
  static constexpr size_t kUsual = 8;  // slots in use, nearly

  struct alignas(64) Bucket {
    uint32_t passed_on = 0;  // a bit for some tags that found no room
    uint32_t numbers[kSlots] = {};
    uint16_t tags[kSlots] = {};  // 0: free

    bool PassedOn(uint64_t hash) const { return passed_on >> (hash % 32) & 1; }
    // Bit 2 i for each slot i with this tag.
    uint32_t Matches(uint16_t tag) const { return MatchBits(tag) & 0x55555; }
    // Matches(), and maybe bit 2 i + 1 as well.
    uint32_t MatchBits(uint16_t tag) const {
#if defined(__SSE2__)
      const __m128i same = _mm_set1_epi16(static_cast<int16_t>(tag));
      const auto compare = [this, same](size_t first) {
        const __m128i eight =
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags + first));
        return static_cast<uint32_t>(
            _mm_movemask_epi8(_mm_cmpeq_epi16(eight, same)));
      };
      return compare(0) | compare(2) >> 12 << 16;
#else
      uint32_t bits = 0;
      for (size_t i = 0; i < kSlots; ++i) {
        bits |= static_cast<uint32_t>(tags[i] == tag) << (2 * i);
      }
      return bits;
#endif
    }
  };
  static_assert(sizeof(Bucket) == 64, "one cache line");

  static uint16_t TagOf(uint64_t hash) {
    return static_cast<uint16_t>(hash | 1);
  }
  size_t BucketOf(uint64_t hash) const {
    return static_cast<size_t>((hash >> 32) * buckets_.size() >> 32);
  }

  std::vector<Bucket, LargePages<Bucket>> buckets_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PREFIX_TABLE_H_
