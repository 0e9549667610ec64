#ifndef POSTERN_FS_PATH_COMPONENTS_H_
#define POSTERN_FS_PATH_COMPONENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/prefix_hash.h"

namespace postern {
namespace fs {

// Longest path, in bytes without a terminating NUL (PATH_MAX of limits.h less
// one).
constexpr size_t kMaxPathBytes = 4095;

// Whether `path` can be looked up at all: not empty, no NUL byte, at most
// kMaxPathBytes.
bool IsValidPath(absl::string_view path);

// A path in normal form, with its components: neither empty nor "." nor "..".
// ".." is taken lexically, and at the root stays there. A path that is in
// normal form already is read in one pass and not copied. Lives, as one of the
// two classes below, on the stack of one check; no allocation. Not thread-safe,
// not even where it is const.
class PathComponents {
 public:
  PathComponents(const PathComponents&) = delete;
  PathComponents& operator=(const PathComponents&) = delete;

  // Reads `path`, which starts at `base` unless it is absolute. False if the
  // path is not valid, or relative while `base` is empty, or there is no room
  // for it. May view `path`.
  bool Split(absl::string_view base, absl::string_view path);

  // Puts the components of `path`, absolute and in normal form, in place of the
  // first `count`. False, and nothing changed, if the whole would be longer
  // than kMaxPathBytes, or than there is room for.
  bool ReplaceFirst(size_t count, absl::string_view path);

  // All of it, "/a/b"; empty for the root.
  absl::string_view text() const { return absl::string_view(text_, size_); }
  // How many components there are.
  size_t size() const { return count_; }
  absl::string_view operator[](size_t i) const {
    return absl::string_view(text_ + ends_[i] + 1,
                             size_t{ends_[i + 1]} - ends_[i] - 1);
  }
  // Bytes of text() that the first `count` components take.
  size_t end(size_t count) const { return ends_[count]; }
  // Hashes of the beginnings of text(). They are worked out once for all who
  // ask, always with the same seed.
  const PrefixHashes& hashes(uint64_t seed) const {
    if (!hashes_.is_read()) hashes_.Read(seed, text());
    return hashes_;
  }

 protected:
  // Arrays for `room` bytes: so many ends or one more than kMaxPathBytes,
  // 16 bytes more to copy into, and what hashes keep.
  PathComponents(size_t room, uint16_t* ends, char* buffer, uint64_t* sums)
      : room_(room), ends_(ends), buffer_(buffer), hashes_(sums) {}
  ~PathComponents() = default;

  static constexpr size_t kMost = 2 * kMaxPathBytes + 1;  // base and path

 private:
  enum class Form : uint8_t { kNormal, kOther, kNone };

  Form ReadNormal(absl::string_view path);
  bool Append(absl::string_view path);
  void Use(const char* text, size_t size);

  const char* text_ = nullptr;
  size_t size_ = 0;
  size_t count_ = 0;
  const size_t room_;  // of base and path; more than their bytes together
  uint16_t* const ends_;
  char* const buffer_;
  mutable PrefixHashes hashes_;
};

// With room for `kRoom` bytes.
template <size_t kRoom>
class PathComponentsIn final : public PathComponents {
 public:
  static_assert(kRoom <= kMost, "no path is longer");

  // Leaves the arrays as they are.
  PathComponentsIn() : PathComponents(kRoom, ends_, buffer_, sums_) {}

  // Whether there is room for the path from there.
  static bool Fits(absl::string_view base, absl::string_view path) {
    return base.size() < kRoom && path.size() < kRoom - base.size();
  }

 private:
  static constexpr size_t kEnds =
      kRoom < kMaxPathBytes ? kRoom : kMaxPathBytes + 1;

  union {  // no constructor runs over the arrays
    uint16_t ends_[kEnds];
  };
  union {
    char buffer_[kRoom + 16];  // names are copied by 16 bytes
  };
  union {
    uint64_t sums_[PrefixHashes::SumsFor(kRoom)];
  };
};

// Of every path that is valid. Large (20 KiB).
using AnyPathComponents = PathComponentsIn<2 * kMaxPathBytes + 1>;
// Of short ones, as most are (1 KiB): for checks on small stacks.
using ShortPathComponents = PathComponentsIn<256>;

// These components as a path: "/a/b", "/" for none. Allocates.
std::string JoinPath(const PathComponents& components);

// The normal form of `path` with `base` in front if it is relative: "/a/b".
// Empty if Split() would refuse. For reports; allocates.
std::string NormalPath(absl::string_view base, absl::string_view path);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_COMPONENTS_H_
