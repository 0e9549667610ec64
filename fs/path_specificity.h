#ifndef POSTERN_FS_PATH_SPECIFICITY_H_
#define POSTERN_FS_PATH_SPECIFICITY_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

// Which of two patterns that both match `path` (components in normal form) is
// the more specific: > 0 is `a`, < 0 is `b`, 0 neither. Compared from the
// left: literal > "?" > "/" > end > "/**" in the middle > "/**" at the end
// > "*"; of two literals the longer; of two "*" or "/**" the one that took
// fewer bytes of this path, where each takes as much as it can from the left.
// (The order of snapd's prompting rules.)
// No allocation. Cheap where a difference comes before any wildcard.
int CompareSpecificity(const PathPattern& a, const PathPattern& b,
                       const PathComponents& path);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_SPECIFICITY_H_
