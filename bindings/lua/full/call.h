#ifndef POSTERN_BINDINGS_LUA_FULL_CALL_H_
#define POSTERN_BINDINGS_LUA_FULL_CALL_H_

#include "bindings/lua/full/guarded_state.h"
#include "bindings/lua/full/lua_api.h"

// What every function of the full library begins and ends with. Local variables
// in functions that take a lua_State* are trivially destructible: Lua's errors
// run no destructors.

namespace postern {
namespace lua {

// Makes the guarded state of `options`, which lives as long as the Lua state;
// pushes what functions of the library have as their first upvalue. False
// without memory.
bool PushNewState(lua_State* L, const postern_lua_options& options);

// Pushes a function of the library: `box` is where PushNewState()'s value is.
void PushGuarded(lua_State* L, int box, lua_CFunction function);

// Of the box at this index.
GuardedState& StateIn(lua_State* L, int box);
// Of the running function. A Lua error while the state is being closed.
GuardedState& StateOf(lua_State* L);

// Pushes what a function returns that failed, by the state's failure(): nil,
// message and number, and a denial as a fourth value. Returns how many.
int PushFailure(lua_State* L, GuardedState& state);
// Pushes its message alone.
void PushFailureMessage(lua_State* L, GuardedState& state);
// Raises it: a denial as a table with its fields, which prints as its message,
// any other failure as the message.
[[noreturn]] void RaiseFailure(lua_State* L, GuardedState& state);

// Whether a permission without a resource is granted now; raises if it is not.
void CheckWhole(lua_State* L, postern_permission permission);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_CALL_H_
