#ifndef POSTERN_PERMISSION_INTERNAL_MUTEX_H_
#define POSTERN_PERMISSION_INTERNAL_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

// std::mutex with clang's thread annotations. Not absl::Mutex: a distribution's
// Abseil is not instrumented, and ThreadSanitizer misreads it.
#define POSTERN_GUARDED_BY(x) ABSL_GUARDED_BY(x)
#define POSTERN_PT_GUARDED_BY(x) ABSL_PT_GUARDED_BY(x)
#define POSTERN_REQUIRES(x) ABSL_EXCLUSIVE_LOCKS_REQUIRED(x)

namespace postern {
namespace internal {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_MUTEX_H_
