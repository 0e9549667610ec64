#include <climits>
#include <cstring>

#include "bindings/lua/guest_library.h"
#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {
namespace {

int FinishPcall(lua_State* L, int status, lua_KContext skipped) {
  RethrowStop(L, status);
  if (status == LUA_OK || status == LUA_YIELD) {
    return lua_gettop(L) - static_cast<int>(skipped);
  }
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

int Pcall(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  const int status =
      lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, &FinishPcall);
  return FinishPcall(L, status, 0);
}

// Stands before the guest's message handler. Lua would call that one for the
// error of a limit too, and with hooks switched off.
int MessageHandler(lua_State* L) {
  if (GuestState::Of(L)->meter().stopped()) return 1;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

int Xpcall(lua_State* L) {
  const int given = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, &MessageHandler, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);  // f, handler, true, f, args
  const int status = lua_pcallk(L, given - 2, LUA_MULTRET, 2, 2, &FinishPcall);
  return FinishPcall(L, status, 2);
}

// error(message [, level]), which pays for the walk to the level.
int Error(lua_State* L) {
  const lua_Integer level = luaL_optinteger(L, 2, 1);
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING && level > 0 && level <= INT_MAX) {
    SpendForLevel(L, level);
    luaL_where(L, static_cast<int>(level));
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int ToString(lua_State* L) {
  luaL_checkany(L, 1);
  PushText(L, 1, nullptr);
  return 1;
}

int Print(lua_State* L) {
  GuestState* const guest = GuestState::Of(L);
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
    size_t size = 0;
    const char* const text = PushText(L, i, &size);
    Spend(L, 20 + size / 16);
    if (i > 1) guest->Print("\t", 1);
    guest->Print(text, size);
    lua_pop(L, 1);
  }
  guest->Print("\n", 1);
  return 0;
}

int SetMetatable(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
  lua_settop(L, 2);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(L, "cannot change a protected metatable");
  }
  if (lua_istable(L, 2)) {
    // Finalizers run with hooks switched off: no limit would hold there.
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) {
      return luaL_error(L, "\"__gc\" is not available");
    }
  }
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

int CollectGarbage(lua_State* L) {
  const char* const option = luaL_optstring(L, 1, "collect");
  if (std::strcmp(option, "count") != 0) {
    return luaL_argerror(L, 1, "only \"count\" is available");
  }
  lua_pushnumber(L, GuestState::Of(L)->meter().memory_used() / 1024.0);
  return 1;
}

// State of a load() from pieces.
struct Pieces {
  size_t left;
};

const char* NextPiece(lua_State* L, void* data, size_t* size) {
  Pieces* const pieces = static_cast<Pieces*>(data);
  *size = 0;
  Spend(L, 10);
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return nullptr;
  }
  if (lua_type(L, -1) != LUA_TSTRING) {
    luaL_error(L, "reader function must return a string");
  }
  // The parser reads a piece before it asks for the next one: kept at 5.
  lua_replace(L, 5);
  const char* const piece = lua_tolstring(L, 5, size);
  if (*size > pieces->left) luaL_error(L, "chunk is too long");
  pieces->left -= *size;
  Spend(L, *size * 4);
  return piece;
}

// load(chunk [, name [, mode [, env]]]), of text only whatever `mode` says.
int Load(lua_State* L) {
  const size_t limit = GuestState::Of(L)->limits().source_bytes;
  const bool has_env = !lua_isnone(L, 4);
  const bool is_text = lua_type(L, 1) == LUA_TSTRING;
  if (!is_text) luaL_checktype(L, 1, LUA_TFUNCTION);
  size_t size = 0;
  const char* const chunk = is_text ? lua_tolstring(L, 1, &size) : "=(load)";
  const char* const name = luaL_optstring(L, 2, chunk);
  const char* const mode = luaL_optstring(L, 3, "bt");
  lua_settop(L, 5);
  Spend(L, 100 + size * 4);
  int status;
  if (size > limit) {
    lua_pushliteral(L, "chunk is too long");
    status = LUA_ERRSYNTAX;
  } else if (std::strchr(mode, 't') == nullptr) {
    lua_pushliteral(L, "only text chunks can be loaded");
    status = LUA_ERRSYNTAX;
  } else if (is_text) {
    status = luaL_loadbufferx(L, chunk, size, name, "t");
  } else {
    Pieces pieces = {limit};
    status = lua_load(L, &NextPiece, &pieces, name, "t");
  }
  RethrowStop(L, status);
  if (status != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (has_env) {
    lua_pushvalue(L, 4);
    if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
  }
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"collectgarbage", &CollectGarbage},
    {"error", &Error},
    {"load", &Load},
    {"pcall", &Pcall},
    {"print", &Print},
    {"setmetatable", &SetMetatable},
    {"tostring", &ToString},
    {"xpcall", &Xpcall},
    {nullptr, nullptr},
};

}  // namespace

const char* PushText(lua_State* L, int index, size_t* size) {
  const int top = lua_gettop(L);
  index = lua_absindex(L, index);
  if (luaL_callmeta(L, index, "__tostring")) {
    if (!lua_isstring(L, -1))
      luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, size);
  }
  switch (lua_type(L, index)) {
    case LUA_TNUMBER:
    case LUA_TSTRING:
      lua_pushvalue(L, index);
      break;
    case LUA_TBOOLEAN:
      lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
      break;
    default:
      if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) break;
      lua_settop(L, top);
      lua_pushstring(L, luaL_typename(L, index));
      break;
  }
  return lua_tolstring(L, -1, size);
}

void AddBaseFunctions(lua_State* L) { luaL_setfuncs(L, kFunctions, 0); }

}  // namespace lua
}  // namespace postern
