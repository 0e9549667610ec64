#ifndef POSTERN_FS_KNOWN_NAMES_H_
#define POSTERN_FS_KNOWN_NAMES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "fs/keyed_hash.h"

namespace postern {
namespace fs {

// What was found by names that were opened lately, so that it is not looked
// for once more. A guess: others can have changed what a name leads to. Names
// are kept as hashes with a random key, so that nobody can make one that is
// taken for another. Fixed size, no locks; a look-up writes nothing.
// Thread-safe.
class KnownNames {
 public:
  enum class Kind : uint8_t {
    kUnknown = 0,
    kPlain = 1,       // a directory, or a regular file with no other name
    kPassesLink = 2,  // a link is on the way, or the name's own object
  };
  // A name at a time; zero is none.
  using Key = uint64_t;

  // Knows nothing for ever if the kernel has no random bytes.
  KnownNames();
  KnownNames(const KnownNames&) = delete;
  KnownNames& operator=(const KnownNames&) = delete;

  // `turn`: what was noted at another one is not known (ForkMutex::turn()).
  Key KeyOf(absl::string_view name, uint64_t turn) const;
  Kind Find(Key key) const;
  void Note(Key key, Kind kind);

 private:
  static constexpr size_t kSlots = 4096;  // 32 KiB
  static constexpr uint64_t kKindBits = 3;

  std::atomic<uint64_t>& SlotOf(Key key) const {
    return (*slots_)[(key >> 2) % kSlots];
  }

  HashKey secret_;
  // Of each the key, with the kind in its lowest bits; the last one noted.
  std::unique_ptr<std::array<std::atomic<uint64_t>, kSlots>> slots_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_KNOWN_NAMES_H_
