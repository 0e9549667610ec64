#include "bindings/duktape/heap.h"

#include <time.h>

#include <cstdlib>

namespace postern {
namespace duktape {
namespace {

// Requests for memory between two looks at the clock.
constexpr int kRequestsPerLook = 64;

// Duktape collects garbage and tries again up to ten times
// (DUK_HEAP_ALLOC_FAIL_MARKANDSWEEP_LIMIT); after that, memory is over.
constexpr int kMostRefused = 10;

int64_t NowNs(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

int64_t Later(int64_t now_ns, absl::Duration by) {
  if (by >= absl::Hours(24 * 365)) return INT64_MAX;
  return now_ns + absl::ToInt64Nanoseconds(by);
}

}  // namespace

struct alignas(alignof(max_align_t)) Heap::Block {
  Block* next;
  Block** link;  // what points to this one
  size_t size;   // without this head
};

const char* StopMessage(StopReason reason) {
  switch (reason) {
    case StopReason::kNone:
      return "";
    case StopReason::kMemory:
      return "memory limit reached";
    case StopReason::kTime:
      return "time limit reached";
    case StopReason::kInternal:
      return "the interpreter gave up";
  }
  return "stopped";
}

Heap::Heap(size_t memory_bytes, absl::Duration time)
    : limit_(memory_bytes),
      deadline_ns_(Later(NowNs(CLOCK_MONOTONIC), time)),
      deadline_unix_ns_(Later(NowNs(CLOCK_REALTIME), time)) {}

Heap::~Heap() {
  while (first_ != nullptr) {
    Block* const block = first_;
    first_ = block->next;
    std::free(block);
  }
}

void Heap::Stop(StopReason reason) {
  reason_ = reason;
  longjmp(end_, 1);
}

void Heap::CheckTime() {
  until_look_ = kRequestsPerLook;
  if (NowNs(CLOCK_MONOTONIC) >= deadline_ns_) Stop(StopReason::kTime);
}

bool Heap::MayGrow(size_t by) {
  if (--until_look_ <= 0) CheckTime();
  if (by <= limit_ && used_ <= limit_ - by) {
    refused_ = 0;
    return true;
  }
  if (++refused_ > kMostRefused) Stop(StopReason::kMemory);
  return false;
}

void Heap::Link(Block* block) {
  block->next = first_;
  block->link = &first_;
  if (first_ != nullptr) first_->link = &block->next;
  first_ = block;
}

void Heap::Unlink(Block* block) {
  *block->link = block->next;
  if (block->next != nullptr) block->next->link = block->link;
}

void* Heap::Allocate(size_t size) {
  if (size == 0 || size > SIZE_MAX - sizeof(Block) || !MayGrow(size)) {
    return nullptr;
  }
  Block* const block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
  if (block == nullptr) return nullptr;
  block->size = size;
  used_ += size;
  Link(block);
  return block + 1;
}

void* Heap::Reallocate(void* old, size_t size) {
  if (old == nullptr) return Allocate(size);
  if (size == 0) {
    Free(old);
    return nullptr;
  }
  Block* const block = static_cast<Block*>(old) - 1;
  const size_t before = block->size;
  if (size > SIZE_MAX - sizeof(Block) ||
      (size > before && !MayGrow(size - before))) {
    return nullptr;
  }
  Unlink(block);
  Block* const moved =
      static_cast<Block*>(std::realloc(block, sizeof(Block) + size));
  if (moved == nullptr) {
    Link(block);
    return nullptr;
  }
  moved->size = size;
  used_ = used_ - before + size;
  Link(moved);
  return moved + 1;
}

void Heap::Free(void* old) {
  if (old == nullptr) return;
  Block* const block = static_cast<Block*>(old) - 1;
  used_ -= block->size;
  Unlink(block);
  std::free(block);
}

}  // namespace duktape
}  // namespace postern
