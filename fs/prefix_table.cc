#include "fs/prefix_table.h"

namespace postern {
namespace fs {

void PrefixTable::Insert(uint64_t hash, uint32_t number) {
  const uint16_t tag = TagOf(hash);
  for (size_t at = BucketOf(hash);;) {
    Bucket& bucket = buckets_[at];
    for (size_t i = 0; i < kSlots; ++i) {
      if (bucket.tags[i] != 0) continue;
      bucket.tags[i] = tag;
      bucket.numbers[i] = number;
      return;
    }
    bucket.passed_on |= uint32_t{1} << (hash % 32);
    at = at + 1 == buckets_.size() ? 0 : at + 1;
  }
}

}  // namespace fs
}  // namespace postern
