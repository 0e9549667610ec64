#ifndef POSTERN_FS_KEYED_HASH_H_
#define POSTERN_FS_KEYED_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// The secret of a hash; random.
struct HashKey {
  uint64_t first = 0;
  uint64_t second = 0;
};

// SipHash-1-3 (Aumasson and Bernstein, 2012): who does not know the key finds
// no two texts with the same hash. For tables that keep the hash alone; about
// four times as long as PrefixHashes, whose users compare the bytes.
uint64_t KeyedHash(const HashKey& key, absl::string_view text);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_KEYED_HASH_H_
