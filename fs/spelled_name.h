#ifndef POSTERN_FS_SPELLED_NAME_H_
#define POSTERN_FS_SPELLED_NAME_H_

#include "absl/strings/string_view.h"
#include "fs/kernel.h"

namespace postern {
namespace fs {

// Whether each component of `name`, canonical, below `place`, where its mount
// begins, stands in its directory in exactly these bytes. On file systems that
// take names of different case, or the like, for one, only this is the name
// that rules know. Reads the directories: slow. False if one of them cannot be
// read.
bool IsSpelledAsStored(const Kernel& kernel, absl::string_view name,
                       absl::string_view place);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_SPELLED_NAME_H_
