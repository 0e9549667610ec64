// LuaJIT's `ffi`, which reaches all memory: for those who have code.load whole.

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/functions.h"

namespace postern {
namespace lua {

#if LUA_VERSION_NUM == 501
namespace {

constexpr char kFfi = 0;

int OpenFfi(lua_State* L) {
  CheckWhole(L, POSTERN_CODE_LOAD);
  PushHidden(L, &kFfi);
  return 1;
}

}  // namespace

// To be done before a guest runs: a number such as 1LL in a source lets LuaJIT
// open the library by itself, and put it into package.loaded, if it is not open
// yet.
void HideFfi(lua_State* L) {
  lua_pushcfunction(L, &luaopen_ffi);
  lua_call(L, 0, 1);
  SetHidden(L, &kFfi);
}

void AddFfi(lua_State* L, int box) {
  PushGuarded(L, box, &OpenFfi);
  lua_setfield(L, -2, "ffi");
}

#else

void HideFfi(lua_State*) {}
void AddFfi(lua_State*, int) {}

#endif

}  // namespace lua
}  // namespace postern
