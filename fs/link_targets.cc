#include "fs/link_targets.h"

#include <sys/stat.h>

#include <cstring>

#include "fs/file_identity.h"

namespace postern {
namespace fs {
namespace {

// Whether the object has one name at most on its mount, as far as the kernel
// tells, so that the name which was noted for it is what procfs would say if
// it still has it.
bool HasOneName(const ObjectInfo& info) {
  return info.mount_id() != 0 &&
         (info.raw.stx_nlink == 1 || S_ISDIR(info.mode()));
}

}  // namespace

// As it lies in the words of a slot, the key first.
struct LinkTargets::Record {
  KnownNames::Key key = 0;
  FileIdentity identity;
  uint64_t mount = 0;
  uint64_t size = 0;  // of the name
  char name[(kWords - 6) * sizeof(uint64_t)];
};

LinkTargets::LinkTargets()
    : slots_(std::make_unique<std::array<Slot, kSlots>>()) {}

bool LinkTargets::Knows(KnownNames::Key key) const {
  return key != 0 &&
         SlotOf(key).words[0].load(std::memory_order_relaxed) == key;
}

// Each word is taken before the turn is looked at again.
bool LinkTargets::Find(KnownNames::Key key, const ObjectInfo& info,
                       std::string* name) const {
  if (!Knows(key) || !HasOneName(info)) return false;
  const Slot& slot = SlotOf(key);
  const uint64_t turn = slot.turn.load(std::memory_order_acquire);
  Words words;
  for (size_t i = 0; i < kWords; ++i) {
    words[i] = slot.words[i].load(std::memory_order_acquire);
  }
  if (turn % 2 != 0 || slot.turn.load(std::memory_order_relaxed) != turn) {
    return false;
  }
  Record record;
  static_assert(sizeof(record) == sizeof(words), "one is the other");
  std::memcpy(static_cast<void*>(&record), words.data(), sizeof(record));
  if (record.key != key || !(record.identity == info.identity()) ||
      record.mount != info.mount_id()) {
    return false;
  }
  name->assign(record.name, record.size);
  return true;
}

// Who finds somebody else at it leaves it to them.
void LinkTargets::Note(KnownNames::Key key, const ObjectInfo& info,
                       absl::string_view name) {
  Record record = {};
  if (key == 0 || name.size() > sizeof(record.name) || !HasOneName(info)) {
    return;
  }
  record.key = key;
  record.identity = info.identity();
  record.mount = info.mount_id();
  record.size = name.size();
  std::memcpy(record.name, name.data(), name.size());
  Words words;
  std::memcpy(words.data(), &record, sizeof(record));
  Slot& slot = SlotOf(key);
  uint64_t turn = slot.turn.load(std::memory_order_relaxed);
  if (turn % 2 != 0 || !slot.turn.compare_exchange_strong(
                           turn, turn + 1, std::memory_order_acquire)) {
    return;
  }
  // No word is seen before the turn is odd.
  for (size_t i = 0; i < kWords; ++i) {
    slot.words[i].store(words[i], std::memory_order_release);
  }
  slot.turn.store(turn + 2, std::memory_order_release);
}

}  // namespace fs
}  // namespace postern
