#ifndef POSTERN_BINDINGS_LUA_STACK_ROOM_H_
#define POSTERN_BINDINGS_LUA_STACK_ROOM_H_

#include <cstddef>

#include "bindings/host/stack_left.h"
#include "bindings/lua/limits.h"

namespace postern {
namespace lua {

// Bytes of stack that a run may need below its caller: 1 MiB for what the
// interpreter nests (200 calls of C functions) with the host's decision below,
// and room for its search of a name for an error message, which calls itself
// once for each index of an expression as long as the source (a.b.b.b...).
constexpr size_t StackNeeded(const Limits& limits) {
  return (size_t{1} << 20) + 48 * limits.source_bytes;
}

using host::StackLeft;

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_STACK_ROOM_H_
