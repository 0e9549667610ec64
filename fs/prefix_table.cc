#include "fs/prefix_table.h"

namespace postern {
namespace fs {

void PrefixTable::Insert(uint64_t hash, Pair pair) {
  filter_[FilteredAt(hash)] |=
      uint64_t{1} << (hash % 64) | uint64_t{1} << (hash / 64 % 64);
  const uint8_t tag = TagOf(hash);
  for (size_t at = BucketOf(hash);;) {
    Bucket& bucket = buckets_[at];
    for (size_t i = 0; i < kSlots; ++i) {
      if (bucket.tags[i] != 0) continue;
      bucket.tags[i] = tag;
      bucket.pairs[i] = pair;
      return;
    }
    bucket.passed_on |= static_cast<uint8_t>(1u << PassedOnBit(hash));
    at = at + 1 == buckets_.size() ? 0 : at + 1;
  }
}

}  // namespace fs
}  // namespace postern
