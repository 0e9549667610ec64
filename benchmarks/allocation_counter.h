#ifndef POSTERN_BENCHMARKS_ALLOCATION_COUNTER_H_
#define POSTERN_BENCHMARKS_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace postern {
namespace benchmarks {

// What the calling thread has got from operator new, which this replaces for
// the whole program. Memory that is got past it (mmap) is not seen.
struct Allocations {
  int64_t count = 0;
  int64_t live_bytes = 0;  // as malloc rounds them up
};

Allocations AllocationsSoFar();

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_ALLOCATION_COUNTER_H_
