#include "bindings/lua/meter.h"

#include <time.h>

#include <algorithm>
#include <cstdlib>

#include "absl/time/clock.h"

namespace postern {
namespace lua {
namespace {

// What the unwinding of a stopped guest may still need.
constexpr size_t kLastMemory = 64 << 10;

// sizeof(Node) in Lua 5.4 on 64 bits: a value, its kind, a key, its kind and
// the next node. meter_test holds it against the real one.
constexpr size_t kTableNode = 24;

// LUA_TSTRING, and what Lua adds to the bytes of a string. meter_test holds
// them against the real ones.
constexpr size_t kStringKind = 4;
constexpr size_t kStringHead = 25;

// Between two looks at the clock: a C function that spends for what it does
// meets the limit of time without the hook, which does not run there.
constexpr uint64_t kWorkBetweenLooks = 10000;

int64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

int64_t Later(int64_t start_ns, absl::Duration by) {
  if (by >= absl::Hours(24 * 365)) return INT64_MAX;
  return start_ns + absl::ToInt64Nanoseconds(by);
}

}  // namespace

const char* StopMessage(StopReason reason) {
  switch (reason) {
    case StopReason::kNone:
      return "";
    case StopReason::kInstructions:
      return "instruction limit reached";
    case StopReason::kMemory:
      return "memory limit reached";
    case StopReason::kTime:
      return "time limit reached";
    case StopReason::kTable:
      return "table size limit reached";
    case StopReason::kString:
      return "string size limit reached";
    case StopReason::kReport:
      return "report limit reached";
  }
  return "stopped";
}

Meter::Meter(const Limits& limits)
    : work_(limits.instructions),
      memory_limit_(limits.memory_bytes),
      table_keys_(limits.table_keys),
      string_bytes_(limits.string_bytes),
      deadline_(absl::Now() + limits.time),
      deadline_ns_(Later(MonotonicNs(), limits.time)) {}

bool Meter::Spend(uint64_t work) {
  if (work < work_) {
    work_ -= work;
  } else {
    work_ = 0;
    Stop(StopReason::kInstructions);
  }
  since_look_ += std::min(work, kWorkBetweenLooks);
  if (since_look_ >= kWorkBetweenLooks) return CheckTime();
  return !stopped();
}

bool Meter::CheckTime() {
  since_look_ = 0;
  if (MonotonicNs() >= deadline_ns_) Stop(StopReason::kTime);
  return !stopped();
}

void Meter::Stop(StopReason reason) {
  if (!stopped()) reason_ = reason;
}

bool Meter::MayGrow(size_t by, size_t new_size) {
  const size_t limit = memory_limit_ + (stopped() ? kLastMemory : 0);
  if (used_ > limit || by > limit - used_) {
    // Lua collects all garbage before it tries again: that is work.
    Spend(used_ / 16);
    return false;
  }
  if (new_size >= 4096) Spend(new_size / 64);
  return true;
}

// The hash part of a table is the one thing that Lua 5.4 allocates afresh in
// powers of two of its node's size.
bool Meter::IsTooManyKeys(size_t new_size) const {
  const size_t keys = new_size / kTableNode;
  return new_size % kTableNode == 0 && (keys & (keys - 1)) == 0 &&
         keys > table_keys_;
}

bool Meter::MayBeMade(size_t kind, size_t size) {
  if (kind == kStringKind) {
    if (size < kStringHead || size - kStringHead <= string_bytes_) return true;
    Stop(StopReason::kString);
    return false;
  }
  if (!IsTooManyKeys(size)) return true;
  Stop(StopReason::kTable);
  return false;
}

void* Meter::Allocate(void* self, void* block, size_t old_size,
                      size_t new_size) {
  Meter* const meter = static_cast<Meter*>(self);
  // Without a block, the size is the kind of the new object.
  const size_t kind = block == nullptr ? old_size : 0;
  if (block == nullptr) old_size = 0;
  if (new_size == 0) {
    std::free(block);
    meter->used_ -= old_size;
    return nullptr;
  }
  if (block == nullptr && !meter->MayBeMade(kind, new_size)) return nullptr;
  const bool grows = new_size > old_size;
  if (grows && !meter->MayGrow(new_size - old_size, new_size)) return nullptr;
  void* const moved = std::realloc(block, new_size);
  if (moved == nullptr) {
    if (grows) return nullptr;
    return block;  // Lua relies on it: shrinking never fails
  }
  meter->used_ += new_size;
  meter->used_ -= old_size;
  return moved;
}

}  // namespace lua
}  // namespace postern
