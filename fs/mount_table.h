#ifndef POSTERN_FS_MOUNT_TABLE_H_
#define POSTERN_FS_MOUNT_TABLE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
struct Mount {
  uint64_t id = 0;
  uint64_t parent = 0;
  dev_t device = 0;
  std::string root;    // directory of the file system that is mounted
  std::string point;   // where, as seen from the process's root
  std::string type;    // of the file system
  bool nodev = false;  // device nodes on it cannot be opened (mount(8))
  // Names that differ in case, or the like, may be one file: certain, or not
  // known of this type of file system.
  bool may_fold_names = false;
};

// The mounts of this process at one moment, by their place. Immutable.
class MountTable {
 public:
  // Knows nothing: no name has a mount.
  MountTable() = default;
  // `text` is a mountinfo file; lines that make no sense are left out.
  explicit MountTable(absl::string_view text);
  // Of this process, through procfs; empty where that may not be read. An error
  // if descriptors or memory are short: what is not known makes names slow.
  static absl::StatusOr<MountTable> Read();

  // The mount on which a name in normal form lies; null if not known. Mounts
  // that others hide, by place or on the way, are left out.
  const Mount* Find(absl::string_view name) const;
  const Mount* FindById(uint64_t id) const;
  // Each name has a mount. Not so where the table could not be read, nor where
  // the root directory is a plain one of its mount (chroot(2)).
  bool complete() const { return complete_; }
  // `name` lies where a procfs is mounted.
  bool IsInProcfs(absl::string_view name) const;
  const std::vector<Mount>& mounts() const { return mounts_; }
  // Mount::may_fold_names holds for one of them.
  bool any_folds_names() const { return any_folds_names_; }

 private:
  void DropHidden();

  std::vector<Mount> mounts_;        // longest place first; the upper one first
  std::vector<std::string> procfs_;  // places
  bool any_folds_names_ = false;
  bool complete_ = false;
};

// Whether the file system of an open object may take names that differ for one
// (Mount::may_fold_names), by its type alone (statfs(2)): where no table tells.
bool MayFoldNames(int fd);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_MOUNT_TABLE_H_
