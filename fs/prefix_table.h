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

// Pairs of numbers by 64-bit hash, many of which are asked for at once. A
// filter of two bytes a pair, which the nearest caches hold, tells of most
// hashes that they are not there, without a jump that the processor could guess
// wrong. Behind it a bucket is one cache line. It stores 8 bits of each hash:
// whoever looks something up compares what was found. Thread-safe once filled.
class PrefixTable {
 public:
  struct Pair {
    uint32_t first, second;
  };

  // Room for `count` pairs.
  explicit PrefixTable(size_t count = 0)
      : buckets_(count * 2 / (2 * kUsual - 1) + 1),
        filter_(count / kFiltered + 1) {}

  void Insert(uint64_t hash, Pair pair);

  // Calls `found` with pairs that may have been inserted with this hash,
  // until it says true; whether it did.
  template <typename Found>
  bool Find(uint64_t hash, Found found) const {
    for (size_t home = BucketOf(hash);;) {
      const Bucket& bucket = buckets_[home];
      for (uint32_t bits = bucket.Matches(TagOf(hash)); bits != 0;
           bits &= bits - 1) {
        if (found(bucket.pairs[__builtin_ctz(bits)])) return true;
      }
      if (!bucket.PassedOn(hash)) return false;
      home = home + 1 == buckets_.size() ? 0 : home + 1;
    }
  }
  // Whether something was inserted with this hash; rarely yes for nothing.
  bool MayHold(uint64_t hash) const {
    const uint64_t word = filter_[FilteredAt(hash)];
    return (word >> (hash % 64) & word >> (hash / 64 % 64) & 1) != 0;
  }

 private:
  static constexpr size_t kSlots = 7;
  static constexpr size_t kUsual = 6;     // slots in use, nearly
  static constexpr size_t kFiltered = 4;  // pairs a word of the filter

  struct alignas(64) Bucket {
    Pair pairs[kSlots] = {};
    uint8_t tags[kSlots] = {};  // 0: free
    uint8_t passed_on = 0;      // a bit for some hashes that found no room

    bool PassedOn(uint64_t hash) const {
      return (passed_on >> PassedOnBit(hash) & 1) != 0;
    }
    // A bit for each slot with this tag.
    uint32_t Matches(uint8_t tag) const {
#if defined(__SSE2__)
      const __m128i all =
          _mm_loadl_epi64(reinterpret_cast<const __m128i*>(tags));
      const __m128i same = _mm_set1_epi8(static_cast<char>(tag));
      return static_cast<uint32_t>(
                 _mm_movemask_epi8(_mm_cmpeq_epi8(all, same))) &
             ((1u << kSlots) - 1);
#else
      uint32_t bits = 0;
      for (size_t i = 0; i < kSlots; ++i) {
        bits |= static_cast<uint32_t>(tags[i] == tag) << i;
      }
      return bits;
#endif
    }
  };
  static_assert(sizeof(Bucket) == 64, "one cache line");

  // The filter has the bits below.
  static uint8_t TagOf(uint64_t hash) {
    const uint8_t tag = static_cast<uint8_t>(hash >> 12);
    return tag == 0 ? 1 : tag;
  }
  static unsigned PassedOnBit(uint64_t hash) { return hash >> 20 & 7; }
  size_t BucketOf(uint64_t hash) const {
    return static_cast<size_t>((hash >> 32) * buckets_.size() >> 32);
  }

  size_t FilteredAt(uint64_t hash) const {
    return static_cast<size_t>((hash >> 32) * filter_.size() >> 32);
  }

  std::vector<Bucket, LargePages<Bucket>> buckets_;
  std::vector<uint64_t, LargePages<uint64_t>> filter_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PREFIX_TABLE_H_
