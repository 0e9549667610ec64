#ifndef POSTERN_PERMISSION_CLOCK_H_
#define POSTERN_PERMISSION_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace postern {

// Where rules with an expiry take the time from; tests substitute it.
// Implementations are thread-safe and never block.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const { return absl::Now(); }
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_CLOCK_H_
