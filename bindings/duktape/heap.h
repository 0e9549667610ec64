#ifndef POSTERN_BINDINGS_DUKTAPE_HEAP_H_
#define POSTERN_BINDINGS_DUKTAPE_HEAP_H_

#include <setjmp.h>

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace postern {
namespace duktape {

// Why a guest was stopped.
enum class StopReason : uint8_t { kNone, kMemory, kTime, kInternal };
const char* StopMessage(StopReason reason);  // static

// The memory of one Duktape heap, within limits. Knows nothing of Duktape but
// the shape of its allocator. All blocks end with this object: a heap that was
// stopped is in the middle of something, and must not be touched any more.
class Heap {
 public:
  Heap(size_t memory_bytes, absl::Duration time);
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;
  ~Heap();

  // Where a guest that is stopped goes on: set it (setjmp) before the first
  // call into Duktape. Every frame above it holds only what needs no
  // destructor.
  jmp_buf& end() { return end_; }
  // Does not return.
  [[noreturn]] void Stop(StopReason reason);
  StopReason reason() const { return reason_; }
  // Stops if the time is over.
  void CheckTime();
  int64_t deadline_unix_ns() const { return deadline_unix_ns_; }

  void* Allocate(size_t size);
  void* Reallocate(void* block, size_t size);
  void Free(void* block);

 private:
  struct Block;
  bool MayGrow(size_t by);
  void Link(Block* block);
  static void Unlink(Block* block);

  const size_t limit_;
  const int64_t deadline_ns_;       // CLOCK_MONOTONIC
  const int64_t deadline_unix_ns_;  // for those who ask people
  size_t used_ = 0;
  int refused_ = 0;  // requests in a row
  int until_look_ = 0;
  StopReason reason_ = StopReason::kNone;
  Block* first_ = nullptr;
  jmp_buf end_;
};

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_BINDINGS_DUKTAPE_HEAP_H_
