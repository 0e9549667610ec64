#ifndef POSTERN_FS_PATH_COMPONENTS_H_
#define POSTERN_FS_PATH_COMPONENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

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
// normal form already is read in one pass and not copied. Large (17 KiB): lives
// on the stack of one check; no allocation.
class PathComponents {
 public:
  PathComponents() {}  // leaves the arrays as they are
  PathComponents(const PathComponents&) = delete;
  PathComponents& operator=(const PathComponents&) = delete;

  // Reads `path`, which starts at `base` unless it is absolute. False if the
  // path is not valid, or relative while `base` is empty. May view `path`.
  bool Split(absl::string_view base, absl::string_view path);

  // Puts the components of `path`, absolute and in normal form, in place of the
  // first `count`. False, and nothing changed, if the whole would be longer
  // than kMaxPathBytes.
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

 private:
  enum class Form : uint8_t { kNormal, kOther, kNone };

  Form ReadNormal(absl::string_view path);
  bool Append(absl::string_view path);
  void Use(const char* text, size_t size);

  static constexpr size_t kMaxBytes = 2 * kMaxPathBytes + 1;  // base and path
  static constexpr size_t kMaxCount = kMaxBytes / 2;

  const char* text_;
  size_t size_ = 0;
  size_t count_ = 0;
  union {  // no constructor runs over the arrays
    uint16_t ends_[kMaxCount + 1];
  };
  union {
    char buffer_[kMaxBytes + 16];  // names are copied by 16 bytes
  };
};

// These components as a path: "/a/b", "/" for none. Allocates.
std::string JoinPath(const PathComponents& components);

// The normal form of `path` with `base` in front if it is relative: "/a/b".
// Empty if Split() would refuse. For reports; allocates.
std::string NormalPath(absl::string_view base, absl::string_view path);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_COMPONENTS_H_
