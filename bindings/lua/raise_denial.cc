#include "bindings/lua/denial_table.h"
#include "bindings/lua/guest_library.h"
#include "bindings/lua/plugin_modules.h"

namespace postern {
namespace lua {
namespace {

// Pushes the message of the denial at `index`, or what the guest's tostring()
// makes of anything else.
void PushMessage(lua_State* L, int index) {
  index = lua_absindex(L, index);
  if (lua_istable(L, index)) {
    lua_pushliteral(L, "message");
    if (lua_rawget(L, index) == LUA_TSTRING) return;
    lua_pop(L, 1);
  }
  PushText(L, index, nullptr);
}

int ToString(lua_State* L) {
  PushMessage(L, 1);
  return 1;
}

int Concat(lua_State* L) {
  PushMessage(L, 1);
  PushMessage(L, 2);
  lua_concat(L, 2);
  return 1;
}

void PushDenialMetatable(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, DenialMetatableKey()) == LUA_TTABLE) {
    return;
  }
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushcfunction(L, &ToString);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, &Concat);
  lua_setfield(L, -2, "__concat");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, DenialMetatableKey());
}

}  // namespace

void RaiseDenial(lua_State* L, const GuestDenial& denial) {
  luaL_checkstack(L, 6, "too many nested functions");
  PushDenialTable(L, denial);
  PushDenialMetatable(L);
  lua_setmetatable(L, -2);
  lua_error(L);
  __builtin_unreachable();
}

}  // namespace lua
}  // namespace postern
