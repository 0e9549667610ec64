#ifndef POSTERN_BINDINGS_PLUGINS_REMEMBERED_STARTS_H_
#define POSTERN_BINDINGS_PLUGINS_REMEMBERED_STARTS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bindings/plugins/confined_start.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/context.h"
#include "process/kernel_caps.h"

namespace postern {
namespace plugins {

// PrepareConfined(), which keeps what it made for the last starts: most of its
// time is a plan, a filter and a probe, and a call that is made over and over
// has the same. A start is decided and its program opened each time. A plan is
// taken again only for the same context with nothing changed in it, the same
// program, arguments and readable names, and the same files under these.
// Thread-safe.
class RememberedStarts {
 public:
  absl::StatusOr<ConfinedCommand> Prepare(
      const std::shared_ptr<PermissionContext>& context,
      const StartRequest& request, absl::Time deadline);
  // Of this kernel: asked once, when a program is to be started.
  const process::KernelCaps& caps();

 private:
  static constexpr size_t kMostStarts = 32;
  using FileIds = std::vector<std::pair<dev_t, ino_t>>;
  struct Start {
    std::weak_ptr<PermissionContext> context;
    std::vector<uint64_t> generations;
    StartRequest request;
    FileIds files;
    std::shared_ptr<ConfinedLauncher> launcher;
  };

  static FileIds FilesOf(const StartRequest& request);
  std::shared_ptr<ConfinedLauncher> Find(const Start& wanted);
  void Remember(Start start);

  absl::Mutex mutex_;
  // The last that was used comes first.
  std::list<Start> starts_ ABSL_GUARDED_BY(mutex_);
  bool has_caps_ ABSL_GUARDED_BY(mutex_) = false;
  process::KernelCaps caps_;
};

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_REMEMBERED_STARTS_H_
