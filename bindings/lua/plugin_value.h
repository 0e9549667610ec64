#ifndef POSTERN_BINDINGS_LUA_PLUGIN_VALUE_H_
#define POSTERN_BINDINGS_LUA_PLUGIN_VALUE_H_

#include <cstddef>
#include <lua.hpp>

#include "bindings/host/value.h"

namespace postern {
namespace lua {

// How much one call may hand to a plugin.
struct CopyBudget {
  size_t bytes = 1 << 20;
  int values = 10000;
};

// Copies the value at `index`. Reads tables raw, so that no code of the guest
// runs, and raises no Lua error. A table with the keys 1 to n is a list, one
// with text keys a record, in the order of the keys' bytes. Returns null, or
// why it cannot be copied. Throws what the standard library throws.
const char* CopyFromLua(lua_State* L, int index, CopyBudget* budget,
                        host::Value* value);

// Pushes a copy of `value`. May raise a Lua error: `value` must not be owned
// by the calling frame.
void PushToLua(lua_State* L, const host::Value& value);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_PLUGIN_VALUE_H_
