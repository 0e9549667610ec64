#include "fs/path_components.h"

#include <algorithm>
#include <cstring>

#include "fs/byte_masks.h"

namespace postern {
namespace fs {

bool IsValidPath(absl::string_view path) {
  return !path.empty() && path.size() <= kMaxPathBytes &&
         std::memchr(path.data(), 0, path.size()) == nullptr;
}

// Where the slashes of a path are, and what else one pass over its bytes
// tells. Bit i of word i / 64 is byte i.
class PathComponents::Slashes {
 public:
  // At most kMaxPathBytes bytes.
  explicit Slashes(absl::string_view path) : size_(path.size()) {
    const size_t words = size_ / 64 + 1;
    for (size_t word = 0; word < words; ++word) ReadWord(path, word);
    // The end of the path ends a name as a slash does.
    slashes_[size_ / 64] |= uint64_t{1} << (size_ % 64);
    slashes_[words] = 0;
    dots_[words] = 0;
  }

  bool has_nul() const { return nuls_ != 0; }

  // No "//", "/./" or "/../", nor their like at the end: every name is one of
  // the normal form.
  bool AreNormal() const {
    uint64_t detours = 0;
    for (size_t word = 0; word * 64 <= size_; ++word) detours |= Detours(word);
    return detours == 0;
  }

  // Calls `found` with the place of each slash, then with the path's size.
  template <typename Found>
  void ForEach(Found found) const {
    for (size_t word = 0; word * 64 <= size_; ++word) {
      for (uint64_t bits = slashes_[word]; bits != 0; bits &= bits - 1) {
        found(word * 64 + static_cast<size_t>(__builtin_ctzll(bits)));
      }
    }
  }

 private:
  void ReadWord(absl::string_view path, size_t word) {
    const size_t begin = word * 64;
    const size_t end = std::min(begin + 64, path.size());
    uint64_t slashes = 0, dots = 0;
    const auto add = [&](const SixteenBytes& bytes, size_t skipped, size_t at) {
      slashes |= uint64_t{bytes.Equal('/') >> skipped} << (at % 64);
      dots |= uint64_t{bytes.Equal('.') >> skipped} << (at % 64);
      nuls_ |= bytes.Equal('\0') >> skipped;
    };
    size_t at = begin;
    for (; at + 16 <= end; at += 16) {
      add(SixteenBytes(path.data() + at), 0, at);
    }
    if (at < end && path.size() >= 16) {
      // The last sixteen, without those that were seen already.
      add(SixteenBytes(path.data() + path.size() - 16), at + 16 - path.size(),
          at);
    } else if (at < end) {
      char bytes[16];
      std::memset(bytes, 1, sizeof(bytes));
      std::memcpy(bytes, path.data() + at, end - at);
      add(SixteenBytes(bytes), 0, at);
    }
    slashes_[word] = slashes;
    dots_[word] = dots;
  }

  // The slashes of a word that have no name of the normal form behind them.
  uint64_t Detours(size_t word) const {
    const auto after = [word](const uint64_t* bits, unsigned by) {
      return bits[word] >> by | bits[word + 1] << (64 - by);
    };
    // A path may end with its last slash only if it is the root's.
    const uint64_t slashes =
        slashes_[word] &
        ~(word == size_ / 64 ? uint64_t{1} << (size_ % 64) : 0);
    return slashes &
           (after(slashes_, 1) |
            (after(dots_, 1) &
             (after(slashes_, 2) | (after(dots_, 2) & after(slashes_, 3)))));
  }

  static constexpr size_t kWords = kMaxPathBytes / 64 + 2;

  const size_t size_;
  uint32_t nuls_ = 0;
  uint64_t slashes_[kWords];
  uint64_t dots_[kWords];
};

void PathComponents::Use(const char* text, size_t size) {
  text_ = text;
  size_ = size;
}

bool PathComponents::Split(absl::string_view base, absl::string_view path) {
  if (path.empty() || path.size() > kMaxPathBytes) return false;
  const Slashes slashes(path);
  if (slashes.has_nul()) return false;
  count_ = 0;
  ends_[0] = 0;
  if (path[0] == '/' && slashes.AreNormal()) {
    ReadNormal(path, slashes);
    return true;
  }
  if (path[0] != '/') {
    if (!IsValidPath(base) || base[0] != '/') return false;
    Append(base, Slashes(base));
  }
  Append(path, slashes);
  Use(buffer_, ends_[count_]);
  return true;
}

void PathComponents::ReadNormal(absl::string_view path,
                                const Slashes& slashes) {
  size_t places = 0;
  // The first place is the slash in front, which ends no component.
  slashes.ForEach(
      [&](size_t at) { ends_[places++] = static_cast<uint16_t>(at); });
  count_ = places - 1;
  Use(path.data(), path.size());
}

void PathComponents::Append(absl::string_view path, const Slashes& slashes) {
  size_t begin = 0;
  slashes.ForEach([&](size_t end) {
    const bool may_read_on = begin + 16 <= path.size();
    AppendName(path.substr(begin, end - begin), may_read_on);
    begin = end + 1;
  });
}

// If sixteen bytes may be read from where the name begins, short names cost no
// call.
void PathComponents::AppendName(absl::string_view name, bool may_read_on) {
  if (name.size() <= 2) {
    if (name.empty() || name == ".") return;
    if (name == "..") {
      if (count_ > 0) --count_;
      return;
    }
  }
  char* const to = buffer_ + ends_[count_];
  to[0] = '/';
  if (may_read_on && name.size() <= 16) {
    std::memcpy(to + 1, name.data(), 16);
  } else {
    std::memcpy(to + 1, name.data(), name.size());
  }
  ends_[count_ + 1] =
      static_cast<uint16_t>(size_t{ends_[count_]} + 1 + name.size());
  ++count_;
}

bool PathComponents::ReplaceFirst(size_t count, absl::string_view path) {
  if (path == "/") path = "";
  const size_t kept = size_ - ends_[count];
  if (path.size() + kept > kMaxPathBytes) return false;
  const char* const rest = text_ + ends_[count];
  std::memmove(buffer_ + path.size(), rest, kept);
  std::memcpy(buffer_, path.data(), path.size());
  const absl::string_view whole(buffer_, path.size() + kept);
  if (whole.empty()) {
    count_ = 0;
    Use(buffer_, 0);
  } else {
    ReadNormal(whole, Slashes(whole));
  }
  return true;
}

std::string JoinPath(const PathComponents& components) {
  return components.size() == 0 ? "/" : std::string(components.text());
}

std::string NormalPath(absl::string_view base, absl::string_view path) {
  PathComponents components;
  return components.Split(base, path) ? JoinPath(components) : "";
}

}  // namespace fs
}  // namespace postern
