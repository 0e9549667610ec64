#ifndef POSTERN_PERMISSION_GUARD_KEPT_OPERATION_H_
#define POSTERN_PERMISSION_GUARD_KEPT_OPERATION_H_

#include <memory>

#include "fs/path_monitor.h"
#include "permission/context.h"

namespace postern {
namespace internal {

// What monitors that decide by a context keep of one file operation.
struct KeptOperation final : fs::PathMonitor::Kept {
  OneOperation operation;
};

// Null if nothing was kept.
inline const OneOperation* OperationIn(const fs::PathMonitor::Kept* kept) {
  return kept == nullptr ? nullptr
                         : &static_cast<const KeptOperation*>(kept)->operation;
}

// Made if there is none yet.
inline OneOperation* OperationIn(std::unique_ptr<fs::PathMonitor::Kept>* kept) {
  if (*kept == nullptr) *kept = std::make_unique<KeptOperation>();
  return &static_cast<KeptOperation*>(kept->get())->operation;
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_KEPT_OPERATION_H_
