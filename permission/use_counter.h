#ifndef POSTERN_PERMISSION_USE_COUNTER_H_
#define POSTERN_PERMISSION_USE_COUNTER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "permission/internal/mutex.h"

namespace postern {

// How often a rule may still be used. Shared by every policy that is built
// from the same rule, so that a new policy does not refill it. Thread-safe.
class UseCounter {
 public:
  explicit UseCounter(uint32_t uses) : left_(uses) {}
  uint32_t left() const { return left_.load(std::memory_order_acquire); }
  // Takes one use of each of `counters`; of a counter that is listed several
  // times, one. Takes all or nothing, and no other thread sees a part of it.
  // False if one of them has none left.
  static bool TakeEach(std::vector<UseCounter*> counters);
  // Takes one use of this counter. False if none is left.
  bool Take() { return TakeEach({this}); }

 private:
  internal::Mutex mutex_;  // takers
  std::atomic<uint32_t> left_;
};

namespace internal {
// The counters that one operation took a use of. A set, as an operation on a
// whole tree may need many limited rules.
using TakenUses = std::set<std::shared_ptr<UseCounter>>;
}  // namespace internal

}  // namespace postern

#endif  // POSTERN_PERMISSION_USE_COUNTER_H_
