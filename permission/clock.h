#ifndef POSTERN_PERMISSION_CLOCK_H_
#define POSTERN_PERMISSION_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace postern {

// Where rules with an expiry take the time from; tests substitute it.
// Implementations are thread-safe and never block. If one is set back, what a
// context saw expire stays expired; but an answer that came after its deadline
// may then count as in time, which absl::Now() does not suffer.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const { return absl::Now(); }
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_CLOCK_H_
