#include "fs/prefix_hash.h"

#include <sys/auxv.h>

namespace postern {
namespace fs {

uint64_t ProcessSeed() {
  uint64_t seed = 0;
  const void* const bytes =
      reinterpret_cast<const void*>(getauxval(AT_RANDOM));  // 16 of them
  if (bytes != nullptr) std::memcpy(&seed, bytes, sizeof(seed));
  // The C library uses the same bytes for its own secrets: never show them.
  seed = (seed ^ 0x8ebc6af09c88c6e3) * 0x589965cc75374cc3;
  return seed ^ (seed >> 29);
}

}  // namespace fs
}  // namespace postern
