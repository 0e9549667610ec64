#ifndef POSTERN_FS_LINK_TARGETS_H_
#define POSTERN_FS_LINK_TARGETS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/kernel.h"
#include "fs/known_names.h"

namespace postern {
namespace fs {

// Canonical names of objects that names with links on their way led to lately,
// so that procfs is not asked for them once more. A guess: who uses one opens
// the object by it, and sees whether it is the one that the link leads to now.
// Fixed size, no locks; a look-up writes nothing. In a child of fork(2) what
// another thread was noting just then is not known. Thread-safe.
class LinkTargets {
 public:
  LinkTargets();
  LinkTargets(const LinkTargets&) = delete;
  LinkTargets& operator=(const LinkTargets&) = delete;

  // Something was noted under this key, so that it is worth looking where the
  // link leads.
  bool Knows(KnownNames::Key key) const;
  // The name under which this object was noted; false if there is none, or the
  // object may have other names.
  bool Find(KnownNames::Key key, const ObjectInfo& info,
            std::string* name) const;
  // Long names and objects that may have other names are not noted.
  void Note(KnownNames::Key key, const ObjectInfo& info,
            absl::string_view name);

 private:
  static constexpr size_t kSlots = 128;  // 32 KiB
  static constexpr size_t kWords = 31;
  using Words = std::array<uint64_t, kWords>;
  struct Record;

  // What is read while it is written is known by its turn, which is odd then,
  // and another one afterwards.
  struct Slot {
    std::atomic<uint64_t> turn{0};
    std::array<std::atomic<uint64_t>, kWords> words{};
  };

  Slot& SlotOf(KnownNames::Key key) const {
    return (*slots_)[(key >> 2) % kSlots];
  }

  const std::unique_ptr<std::array<Slot, kSlots>> slots_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_LINK_TARGETS_H_
