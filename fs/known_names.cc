#include "fs/known_names.h"

#include <sys/random.h>

namespace postern {
namespace fs {

KnownNames::KnownNames() {
  if (getrandom(&secret_, sizeof(secret_), GRND_NONBLOCK) == sizeof(secret_)) {
    slots_ = std::make_unique<std::array<std::atomic<uint64_t>, kSlots>>();
  }
}

KnownNames::Key KnownNames::KeyOf(absl::string_view name, uint64_t turn) const {
  if (slots_ == nullptr) return 0;
  const HashKey secret = {secret_.first ^ turn, secret_.second};
  return KeyedHash(secret, name) & ~kKindBits;
}

KnownNames::Kind KnownNames::Find(Key key) const {
  if (key == 0) return Kind::kUnknown;
  const uint64_t noted = SlotOf(key).load(std::memory_order_relaxed);
  return (noted & ~kKindBits) == key ? static_cast<Kind>(noted & kKindBits)
                                     : Kind::kUnknown;
}

void KnownNames::Note(Key key, Kind kind) {
  const uint64_t noted = key | static_cast<uint64_t>(kind);
  if (key == 0 || SlotOf(key).load(std::memory_order_relaxed) == noted) return;
  SlotOf(key).store(noted, std::memory_order_relaxed);
}

}  // namespace fs
}  // namespace postern
