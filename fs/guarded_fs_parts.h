#ifndef POSTERN_FS_GUARDED_FS_PARTS_H_
#define POSTERN_FS_GUARDED_FS_PARTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "fs/guarded_fs.h"
#include "fs/kernel.h"
#include "fs/options.h"
#include "fs/path_monitor.h"

namespace postern {
namespace fs {

// What hosts need not see of a GuardedFs: the kernel that it stands on. Tests
// take parts of that away, to see that the other ways agree.
struct GuardedFsParts {
  // GuardedFs::Create() where the kernel does not offer `without`.
  static absl::StatusOr<std::unique_ptr<const GuardedFs>> Create(
      std::shared_ptr<PathMonitor> monitor, GuardedFsOptions options,
      Kernel::Without without);
  static const Kernel& KernelOf(const GuardedFs& fs) { return fs.kernel(); }
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_GUARDED_FS_PARTS_H_
