#ifndef POSTERN_BINDINGS_LUA_METER_H_
#define POSTERN_BINDINGS_LUA_METER_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "bindings/lua/limits.h"

namespace postern {
namespace lua {

// Why a guest was stopped.
enum class StopReason : uint8_t {
  kNone,
  kInstructions,
  kMemory,
  kTime,
  kTable,   // a table with too many keys
  kString,  // a string that is too long
  kReport,  // an audit wants more than a report holds
};

// "instruction limit reached" and the like; static.
const char* StopMessage(StopReason reason);

// Counts what a guest uses up. Once stopped, it stays so. Knows nothing of
// Lua but the shape of its allocator. Not thread-safe.
class Meter {
 public:
  // Starts the clock. `table_keys` bounds the hash part of each table: Lua puts
  // all keys into a larger one within one instruction, which takes the square
  // of their number if the guest chose them to collide (2^16 keys: 8 seconds).
  // `string_bytes` bounds what one comparison or conversion of strings takes.
  explicit Meter(const Limits& limits);
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Takes `work` units, about one VM instruction each, and looks at the clock
  // now and then. False once stopped.
  bool Spend(uint64_t work);
  // Looks at the clock. False once stopped.
  bool CheckTime();
  // The first reason stays.
  void Stop(StopReason reason);

  bool stopped() const { return reason_ != StopReason::kNone; }
  StopReason reason() const { return reason_; }
  uint64_t work_left() const { return work_; }
  size_t memory_used() const { return used_; }
  size_t memory_limit() const { return memory_limit_; }
  absl::Time deadline() const { return deadline_; }

  // A lua_Alloc with the Meter as its `self`. Large requests cost work, since
  // copying them takes time between two instructions.
  static void* Allocate(void* self, void* block, size_t old_size,
                        size_t new_size);

 private:
  bool MayGrow(size_t by, size_t new_size);
  bool IsTooManyKeys(size_t new_size) const;
  // Refuses a new object that no memory would be enough for.
  bool MayBeMade(size_t kind, size_t size);

  uint64_t work_;
  uint64_t since_look_ = 0;  // work since the last look at the clock
  size_t used_ = 0;
  const size_t memory_limit_;
  const size_t table_keys_;
  const size_t string_bytes_;
  const absl::Time deadline_;
  const int64_t deadline_ns_;  // CLOCK_MONOTONIC
  StopReason reason_ = StopReason::kNone;
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_METER_H_
