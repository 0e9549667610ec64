#ifndef POSTERN_PERMISSION_GUARD_PROGRAM_OPENER_H_
#define POSTERN_PERMISSION_GUARD_PROGRAM_OPENER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "fs/guarded_fs.h"
#include "fs/handle.h"
#include "fs/status.h"
#include "permission/access.h"
#include "permission/context.h"
#include "permission/internal/mutex.h"

namespace postern {
namespace internal {

class ProgramMonitor;

// Opens programs as a context grants the commands that they are for: the
// reference monitor behind it says yes to a name if the command with it may be
// started. It only checks: nobody is asked, and no use is taken, before all of
// a command is known. For one command at a time.
class ProgramOpener {
 public:
  static absl::StatusOr<std::unique_ptr<ProgramOpener>> Create(
      std::shared_ptr<const PermissionContext> context);
  ~ProgramOpener();

  // `path` is absolute. Borrows `args` for the call.
  fs::FsResult<fs::Handle> Open(const std::string& path,
                                absl::Span<const CallArg> args, bool through);

 private:
  ProgramOpener(std::shared_ptr<ProgramMonitor> monitor,
                std::unique_ptr<const fs::GuardedFs> files);

  const std::shared_ptr<ProgramMonitor> monitor_;
  const std::unique_ptr<const fs::GuardedFs> files_;
};

// Openers that are free: making one asks the kernel what it offers.
// Thread-safe.
class ProgramOpeners {
 public:
  explicit ProgramOpeners(std::shared_ptr<const PermissionContext> context);

  absl::StatusOr<std::unique_ptr<ProgramOpener>> Take();
  void GiveBack(std::unique_ptr<ProgramOpener> opener);

 private:
  const std::shared_ptr<const PermissionContext> context_;
  Mutex mutex_;
  std::vector<std::unique_ptr<ProgramOpener>> free_ POSTERN_GUARDED_BY(mutex_);
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_PROGRAM_OPENER_H_
