#ifndef POSTERN_BINDINGS_LUA_FULL_LUA_API_H_
#define POSTERN_BINDINGS_LUA_FULL_LUA_API_H_

#include <lua.hpp>

#include "absl/strings/string_view.h"

// One source for Lua 5.4 and for LuaJIT, which has the interface of Lua 5.1 and
// parts of 5.2's. What the two call differently is here, and nothing else.

#if LUA_VERSION_NUM != 501 && LUA_VERSION_NUM != 504
#error "the full library is for Lua 5.4 and LuaJIT"
#endif
#if LUA_VERSION_NUM == 501 && !defined(LUAJIT_VERSION)
#error "Lua 5.1 can be had as LuaJIT only: its bytecode cannot be refused"
#endif

namespace postern {
namespace lua {

// Which Lua this is.
constexpr bool kIsLuaJit = LUA_VERSION_NUM == 501;

#if LUA_VERSION_NUM == 501
inline int AbsoluteIndex(lua_State* L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index
                                                 : lua_gettop(L) + index + 1;
}
inline void PushGlobals(lua_State* L) { lua_pushvalue(L, LUA_GLOBALSINDEX); }
inline int LoadText(lua_State* L, lua_Reader reader, void* data,
                    const char* name) {
  return lua_loadx(L, reader, data, name, "t");
}
inline size_t RawLength(lua_State* L, int index) {
  return lua_objlen(L, index);
}
inline bool IsInteger(lua_State*, int) { return false; }
// What code of the guest's own is run with.
inline bool SetEnvironment(lua_State* L, int function) {
  return lua_setfenv(L, function) != 0;
}
#else
inline int AbsoluteIndex(lua_State* L, int index) {
  return lua_absindex(L, index);
}
inline void PushGlobals(lua_State* L) { lua_pushglobaltable(L); }
inline int LoadText(lua_State* L, lua_Reader reader, void* data,
                    const char* name) {
  return lua_load(L, reader, data, name, "t");
}
inline size_t RawLength(lua_State* L, int index) {
  return lua_rawlen(L, index);
}
inline bool IsInteger(lua_State* L, int index) {
  return lua_isinteger(L, index) != 0;
}
inline bool SetEnvironment(lua_State* L, int function) {
  if (lua_setupvalue(L, function, 1) != nullptr) return true;
  lua_pop(L, 1);
  return false;
}
#endif

// The text at `index`, with whatever bytes are in it. A Lua error for what is
// neither a string nor a number.
inline absl::string_view CheckText(lua_State* L, int index) {
  size_t size = 0;
  const char* const text = luaL_checklstring(L, index, &size);
  return absl::string_view(text, size);
}

// Pushes a table of the registry that no guest reaches, by a key of ours.
inline void PushHidden(lua_State* L, const void* key) {
  lua_pushlightuserdata(L, const_cast<void*>(key));
  lua_rawget(L, LUA_REGISTRYINDEX);
}
// Pops a value, and hides it there.
inline void SetHidden(lua_State* L, const void* key) {
  lua_pushlightuserdata(L, const_cast<void*>(key));
  lua_insert(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_LUA_API_H_
