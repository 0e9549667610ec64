#ifndef POSTERN_PERMISSION_INTERNAL_SYSTEM_TIME_H_
#define POSTERN_PERMISSION_INTERNAL_SYSTEM_TIME_H_

#include <time.h>

#include "absl/time/time.h"

namespace postern {
namespace internal {

// The system's clock, for checks. absl::Now() tells the same, but keeps a
// sample that it renews now and then: a line that all threads read and write.
inline absl::Time SystemTime() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return absl::TimeFromTimespec(now);
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_SYSTEM_TIME_H_
