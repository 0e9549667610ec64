#ifndef POSTERN_BINDINGS_LUA_AUDIT_STUB_H_
#define POSTERN_BINDINGS_LUA_AUDIT_STUB_H_

#include <lua.hpp>

namespace postern {
namespace lua {

// Stand-ins for plugins and their results, so that an app's top level goes on
// although nothing is done for it. An unknown value survives indexing, calls,
// arithmetic, concatenation, comparison (which is false), iteration (one step)
// and the language's own functions, and yields unknown values.

// Hears of every call of a function of a plugin's stand-in. The arguments are
// on the stack from 2 on. May raise a Lua error.
using OnPluginCall = void (*)(lua_State* L, const char* function);

// Pushes the stand-in for a plugin; `name` has at most 255 bytes.
void PushPluginStub(lua_State* L, const char* name, OnPluginCall on_call);

// Pushes an unknown value.
void PushUnknown(lua_State* L);
// Whether the value at `index` is a stand-in of any kind.
bool IsUnknown(lua_State* L, int index);

// Lets the functions of the guest's library take unknown values.
void AcceptUnknownValues(lua_State* L, int globals);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_AUDIT_STUB_H_
