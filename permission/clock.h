#ifndef POSTERN_PERMISSION_CLOCK_H_
#define POSTERN_PERMISSION_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace postern {

// Tells the time to rules with an expiry; tests substitute it. Implementations
// are thread-safe and never block. If the time is set back, what a context saw
// expire stays expired. An answer that came after its deadline may then count
// as in time. A context without a clock of its own does not suffer that: it
// also measures how long the answer took.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const { return absl::Now(); }
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_CLOCK_H_
