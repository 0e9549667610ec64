#include "permission/use_counter.h"

#include <algorithm>
#include <functional>

#include "absl/base/thread_annotations.h"

namespace postern {

// All takers lock in the order of addresses, so that none waits for another
// that waits for it. The analysis of threads cannot follow a loop of locks.
bool UseCounter::TakeEach(std::vector<UseCounter*> counters)
    ABSL_NO_THREAD_SAFETY_ANALYSIS {
  std::sort(counters.begin(), counters.end(), std::less<UseCounter*>());
  counters.erase(std::unique(counters.begin(), counters.end()), counters.end());
  for (UseCounter* counter : counters) counter->mutex_.Lock();
  const bool all_left =
      std::all_of(counters.begin(), counters.end(),
                  [](const UseCounter* c) { return c->left() > 0; });
  for (UseCounter* counter : counters) {
    if (all_left) counter->left_.fetch_sub(1, std::memory_order_acq_rel);
    counter->mutex_.Unlock();
  }
  return all_left;
}

}  // namespace postern
