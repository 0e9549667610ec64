#ifndef POSTERN_BENCHMARKS_HARNESS_ALLOCATION_COUNTER_H_
#define POSTERN_BENCHMARKS_HARNESS_ALLOCATION_COUNTER_H_

#include <cstddef>
#include <cstdint>

namespace postern {
namespace benchmarks {

// What the calling thread has got from operator new, which this replaces for
// the whole program. Memory that is got past it (mmap) is not seen.
struct Allocations {
  int64_t count = 0;
  int64_t live_bytes = 0;  // as malloc rounds them up
  int64_t peak_bytes = 0;  // the most live ones since RestartPeak()
};

Allocations AllocationsSoFar();
void RestartPeak();

// Allocations in one pass of `check(queries[i])`, by each.
template <typename Queries, typename Check>
double AllocationsPerCheck(const Queries& queries, Check check) {
  const int64_t before = AllocationsSoFar().count;
  for (size_t i = 0; i < queries.size(); ++i) check(queries[i]);
  return static_cast<double>(AllocationsSoFar().count - before) /
         static_cast<double>(queries.size());
}

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_ALLOCATION_COUNTER_H_
