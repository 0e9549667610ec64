#ifndef POSTERN_FS_TEXT_ARENA_H_
#define POSTERN_FS_TEXT_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace postern {
namespace fs {

// Many texts one behind the other, found again by 32-bit offsets. Grows at its
// end alone: an offset stays right. const methods are thread-safe.
class TextArena {
 public:
  static constexpr size_t kMaxBytes = std::numeric_limits<uint32_t>::max();

  explicit TextArena(size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  // Makes room for exactly `bytes`, of all texts. False if that is too much.
  bool Reserve(size_t bytes) {
    if (bytes > max_bytes_) return false;
    bytes_.reserve(bytes);
    return true;
  }
  // Where `text` begins; nullopt, and nothing added, if it would be too much.
  // Views may end, also those of earlier texts.
  absl::optional<uint32_t> Append(absl::string_view text) {
    if (text.size() > max_bytes_ - bytes_.size()) return absl::nullopt;
    const uint32_t offset = static_cast<uint32_t>(bytes_.size());
    bytes_.append(text.data(), text.size());
    return offset;
  }
  // Nothing is added any more: gives back what was reserved beyond need. Views
  // made from now on last as long as the arena is neither moved nor destroyed.
  void Finish() {
    if (bytes_.capacity() > bytes_.size()) bytes_.shrink_to_fit();
  }

  // `size` bytes from `offset`, which lie within the arena.
  absl::string_view text(uint32_t offset, size_t size) const {
    return absl::string_view(bytes_.data() + offset, size);
  }
  size_t size() const { return bytes_.size(); }
  size_t MemoryBytes() const { return bytes_.capacity(); }

 private:
  size_t max_bytes_;
  std::string bytes_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_TEXT_ARENA_H_
