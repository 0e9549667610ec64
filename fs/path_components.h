#ifndef POSTERN_FS_PATH_COMPONENTS_H_
#define POSTERN_FS_PATH_COMPONENTS_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

// Whether `path` can be looked up at all: not empty, no NUL byte, at most
// kMaxPathBytes.
bool IsValidPath(absl::string_view path);

// The components of a path in normal form: neither empty nor "." nor "..".
// ".." is taken lexically, and at the root stays there. Large (64 KiB): lives
// on the stack of one check; made without allocation, in one pass.
class PathComponents {
 public:
  PathComponents() {}  // leaves the array as it is
  PathComponents(const PathComponents&) = delete;
  PathComponents& operator=(const PathComponents&) = delete;

  // The components of `path`, which starts at `base` unless it is absolute.
  // False if the path is not valid, or relative while `base` is empty. Views
  // into both.
  bool Split(absl::string_view base, absl::string_view path);

  // Puts the components of `path`, absolute and in normal form, in place of the
  // first `count`. False, and nothing changed, if the whole would be longer
  // than kMaxPathBytes. A view into `path` as well.
  bool ReplaceFirst(size_t count, absl::string_view path);

  absl::Span<const absl::string_view> get() const {
    return absl::MakeConstSpan(components_, count_);
  }

 private:
  void Append(absl::string_view path);

  static constexpr size_t kMax =
      kMaxPathBytes + 1;  // two paths of one-byte names
  size_t count_ = 0;
  union {  // no constructor runs over the array
    absl::string_view components_[kMax];
  };
};

// These components as a path: "/a/b", "/" for none. Allocates.
std::string JoinPath(absl::Span<const absl::string_view> components);

// The normal form of `path` with `base` in front if it is relative: "/a/b".
// Empty if Split() would refuse. For reports; allocates.
std::string NormalPath(absl::string_view base, absl::string_view path);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_COMPONENTS_H_
