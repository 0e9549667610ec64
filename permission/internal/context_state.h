#ifndef POSTERN_PERMISSION_INTERNAL_CONTEXT_STATE_H_
#define POSTERN_PERMISSION_INTERNAL_CONTEXT_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "permission/context.h"
#include "permission/internal/answer_store.h"
#include "permission/internal/drop_set.h"
#include "permission/internal/mutex.h"
#include "permission/internal/snapshot.h"
#include "permission/internal/system_time.h"

namespace postern {
namespace internal {

// What a context holds.
struct ContextState {
  ContextOptions options;
  std::string base_directory;  // normal form; "" = the root policy's
  std::shared_ptr<const PermissionContext> parent;  // null for a root
  const ContextState* parent_state = nullptr;
  int depth = 0;
  // What the root's Authority holds as well: its address is nobody else's
  // while either lives. Null in derived contexts.
  std::shared_ptr<const char> token;

  std::atomic<const Snapshot*> snapshot{nullptr};
  DropSet drops;
  AnswerStore answers;

  Mutex mutex;  // writers
  std::vector<std::unique_ptr<const Snapshot>> kept POSTERN_GUARDED_BY(mutex);
  bool sealed POSTERN_GUARDED_BY(mutex) = false;

  // The latest moment that a rule was seen to have expired by, in microseconds
  // since the epoch: should the clock be set back, it stays expired. Written
  // once for each such moment.
  mutable std::atomic<int64_t> expired_us{INT64_MIN};

  absl::Time Now() const {
    return options.clock != nullptr ? options.clock->Now() : SystemTime();
  }
};

// InvalidArgument for a base directory that is not absolute.
absl::StatusOr<std::unique_ptr<ContextState>> MakeState(ContextOptions options);

// Makes `next` what readers see. What they may still be reading is kept.
// ResourceExhausted if it has too many layers or if too much is kept: then
// nothing changed.
absl::Status Install(std::unique_ptr<const Snapshot> next, ContextState* state)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(state->mutex);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_CONTEXT_STATE_H_
