#include "bindings/lua/guest_library.h"

namespace postern {
namespace lua {
namespace {

// Calls that a traceback shows.
constexpr int kMostCalls = 20;

bool FindCall(lua_State* L, lua_State* of, int level, lua_Debug* call) {
  SpendForLevel(L, level);
  return lua_getstack(of, level, call) != 0;
}

// Adds the line of one call to the text on top of the stack.
void AddCall(lua_State* L, lua_State* of, lua_Debug* call) {
  // Without "n", the name of the function: to find it, the interpreter reads
  // the caller's code again and again, the square of its size, for each call.
  lua_getinfo(of, "Slt", call);
  if (call->currentline > 0) {
    lua_pushfstring(L, "\n\t%s:%d: in ", call->short_src, call->currentline);
  } else {
    lua_pushfstring(L, "\n\t%s: in ", call->short_src);
  }
  if (*call->what == 'm') {
    lua_pushliteral(L, "main chunk");
  } else if (*call->what == 'C') {
    lua_pushliteral(L, "a function of the library");
  } else {
    lua_pushfstring(L, "function <%s:%d>", call->short_src, call->linedefined);
  }
  lua_pushstring(L, call->istailcall ? "\n\t(...tail calls...)" : "");
  lua_concat(L, 4);
}

// debug.traceback([thread,] [message [, level]])
int Traceback(lua_State* L) {
  const bool of_other = lua_isthread(L, 1);
  lua_State* const of = of_other ? lua_tothread(L, 1) : L;
  const int first = of_other ? 2 : 1;
  if (!lua_isstring(L, first) && !lua_isnoneornil(L, first)) {
    lua_pushvalue(L, first);  // an error object goes on as it is
    return 1;
  }
  const lua_Integer level = luaL_optinteger(L, first + 1, of_other ? 0 : 1);
  luaL_argcheck(L, level >= 0 && level <= 1000000, first + 1, "out of range");
  if (lua_isnoneornil(L, first)) {
    lua_pushliteral(L, "stack traceback:");
  } else {
    lua_pushvalue(L, first);
    lua_pushliteral(L, "\nstack traceback:");
    lua_concat(L, 2);
  }
  lua_Debug call;
  int at = static_cast<int>(level);
  for (int shown = 0; FindCall(L, of, at, &call); ++at, ++shown) {
    if (shown == kMostCalls) {
      lua_pushliteral(L, "\n\t...");
      lua_concat(L, 2);
      break;
    }
    AddCall(L, of, &call);
  }
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"traceback", &Traceback},
    {nullptr, nullptr},
};

}  // namespace

void AddDebugFunctions(lua_State* L) { luaL_setfuncs(L, kFunctions, 0); }

}  // namespace lua
}  // namespace postern
