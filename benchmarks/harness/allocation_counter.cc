#include "benchmarks/harness/allocation_counter.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace postern {
namespace benchmarks {
namespace {

thread_local Allocations counted;

void* Count(void* p) {
  if (p == nullptr) throw std::bad_alloc();
  ++counted.count;
  counted.live_bytes += static_cast<int64_t>(malloc_usable_size(p));
  counted.peak_bytes = std::max(counted.peak_bytes, counted.live_bytes);
  return p;
}

void CountedFree(void* p) {
  counted.live_bytes -= static_cast<int64_t>(malloc_usable_size(p));
  std::free(p);
}

}  // namespace

Allocations AllocationsSoFar() { return counted; }
void RestartPeak() { counted.peak_bytes = counted.live_bytes; }

}  // namespace benchmarks
}  // namespace postern

using postern::benchmarks::Count;
using postern::benchmarks::CountedFree;

// The other forms of the standard library end in these.
void* operator new(std::size_t size) { return Count(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t align) {
  const std::size_t a = static_cast<std::size_t>(align);
  return Count(std::aligned_alloc(a, (size + a - 1) / a * a));
}
void operator delete(void* p) noexcept { CountedFree(p); }
void operator delete(void* p, std::size_t) noexcept { CountedFree(p); }
void operator delete(void* p, std::align_val_t) noexcept { CountedFree(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  CountedFree(p);
}
