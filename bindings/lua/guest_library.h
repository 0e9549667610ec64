#ifndef POSTERN_BINDINGS_LUA_GUEST_LIBRARY_H_
#define POSTERN_BINDINGS_LUA_GUEST_LIBRARY_H_

#include <lua.hpp>

namespace postern {
namespace lua {

// Fills a new state with what a guest may use, which is everything that it can
// reach: tests/bindings/lua/reachable.golden holds the list. There is no io,
// no file, process or environment function, no bytecode, no finalizer, no
// weak table, no debug but traceback, nothing that tells an address. Functions
// that can take long are ours, or ask ours first, and spend work; `table` works
// on the table itself, without metamethods.
void OpenGuestLibrary(lua_State* L);

// The parts. Each adds to the table on top of the stack: that of all globals,
// or that of one library.
void AddBaseFunctions(lua_State* L);       // globals
void AddStringFunctions(lua_State* L);     // string
void AddTableFunctions(lua_State* L);      // table
void AddCoroutineFunctions(lua_State* L);  // coroutine
void AddDebugFunctions(lua_State* L);      // debug
void AddRequire(lua_State* L);             // globals

// Pushes the value at `index` as text, as tostring() does, but never tells an
// address: "table", not "table: 0x55d0c8a6b2a0".
const char* PushText(lua_State* L, int index, size_t* size);

// Pays for a function that may read every argument as a number: each byte of a
// string counts. To be called before its first look at them.
void SpendForArguments(lua_State* L);

// Spends for the search for a call so many levels up: Lua walks them all.
void SpendForLevel(lua_State* L, lua_Integer level);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_GUEST_LIBRARY_H_
