#ifndef POSTERN_BINDINGS_LUA_LIMITS_H_
#define POSTERN_BINDINGS_LUA_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace postern {
namespace lua {

// What one run of a guest may use up (docs/lua.md). Reaching a limit ends the
// run; the guest cannot catch that. Limits are looked at after every 100
// instructions of Lua. With the defaults those take at most about two seconds,
// which grows with `string_bytes` and with the square of `source_bytes`. A host
// that needs a hard limit gives the run a process of its own.
struct Limits {
  uint64_t instructions = 50 * 1000 * 1000;  // and what counts as much work
  size_t memory_bytes = 64 << 20;            // of the guest's heap
  absl::Duration time = absl::Seconds(30);   // wall clock, plugins included
  size_t output_bytes = 1 << 20;             // print; the rest is cut off
  size_t source_bytes = 64 << 10;            // of a Lua file, or of load()
  size_t string_bytes = 2 << 20;             // of one string
  size_t table_keys = 1 << 15;               // of a table, its list apart
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_LIMITS_H_
