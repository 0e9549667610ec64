#ifndef POSTERN_FS_PROCFS_NAMES_H_
#define POSTERN_FS_PROCFS_NAMES_H_

#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// Whether what is read under this name of a procfs is about the machine, or a
// process's state: not what memory, descriptors or the environment hold, which
// nobody means to grant with "/". Of a process only names that are known are
// public. `root` is the directory that is mounted (proc_pid_mountinfo(5)),
// `rest` the name below its place, canonical, with a slash before it or empty.
bool IsPublicInProcfs(absl::string_view root, absl::string_view rest);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PROCFS_NAMES_H_
