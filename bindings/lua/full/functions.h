#ifndef POSTERN_BINDINGS_LUA_FULL_FUNCTIONS_H_
#define POSTERN_BINDINGS_LUA_FULL_FUNCTIONS_H_

#include "bindings/lua/full/lua_api.h"

// The guarded functions, as entries.cc lists them. Each has the box of
// PushNewState() as its first upvalue, and behaves as Lua's own of that name
// (manual, chapter 6) once what it does is granted.

namespace postern {
namespace lua {

int Print(lua_State* L);

int IoClose(lua_State* L);
int IoFlush(lua_State* L);
int IoInput(lua_State* L);
int IoLines(lua_State* L);
int IoOpen(lua_State* L);
int IoOutput(lua_State* L);
int IoPopen(lua_State* L);
int IoRead(lua_State* L);
int IoTmpfile(lua_State* L);
int IoType(lua_State* L);
int IoWrite(lua_State* L);

int OsExecute(lua_State* L);
int OsExit(lua_State* L);
int OsGetenv(lua_State* L);
int OsRemove(lua_State* L);
int OsRename(lua_State* L);
int OsSetlocale(lua_State* L);
int OsTmpname(lua_State* L);

int Load(lua_State* L);
int LoadFile(lua_State* L);
int DoFile(lua_State* L);
int SearchPath(lua_State* L);
int LoadNative(lua_State* L);
// package.searchers, in their order; LuaJIT's package.loaders.
int SearchPreload(lua_State* L);
int SearchLuaFile(lua_State* L);
int SearchNative(lua_State* L);
int SearchNativeRoot(lua_State* L);

int PermissionHas(lua_State* L);
int PermissionDrop(lua_State* L);

// A function of `debug`: the second upvalue is the interpreter's own.
int DebugFunction(lua_State* L);
// Raises: the second upvalue is the function's name.
int NotAvailable(lua_State* L);

// Gives `io` (on top of the stack) its standard streams, and the default ones.
void AddStandardStreams(lua_State* L);

// Opens LuaJIT's `ffi` and hides it; Lua 5.4 has none.
void HideFfi(lua_State* L);
// Adds it to package.preload (on top of the stack), behind code.load.
void AddFfi(lua_State* L, int box);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_FUNCTIONS_H_
