// `debug` for those who have debug.attach. What belongs to the library stays
// out of its reach: upvalues and variables of functions in C, metatables of
// what is no table, the registry.

#include <string.h>

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/functions.h"

namespace postern {
namespace lua {
namespace {

// Arguments may begin with a thread.
int FirstArgument(lua_State* L) { return lua_isthread(L, 1) ? 2 : 1; }

lua_State* Target(lua_State* L) {
  return lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
}

// getlocal and setlocal of a level: what a function in C has on its stack is
// its own, and so is what a function in Lua has there without a name, as the
// state of a loop: the interpreter trusts it to be what it put there.
void CheckLevel(lua_State* L) {
  const int first = FirstArgument(L);
  if (lua_isfunction(L, first)) return;  // names of parameters only
  const lua_Integer level = luaL_checkinteger(L, first);
  lua_Debug frame;
  if (level < 0 || level > 1000000 ||
      lua_getstack(Target(L), static_cast<int>(level), &frame) == 0) {
    return;  // Lua's own error
  }
  lua_getinfo(Target(L), "S", &frame);
  luaL_argcheck(L, strcmp(frame.what, "C") != 0, first,
                "a function in C has no variables here");
  const int index = static_cast<int>(luaL_checkinteger(L, first + 1));
  // Errors are L's: the other thread may have nobody who catches them.
  if (lua_checkstack(Target(L), 1) == 0) luaL_error(L, "stack overflow");
  const char* const name = lua_getlocal(Target(L), &frame, index);
  if (name == nullptr) return;  // Lua's own answer
  lua_pop(Target(L), 1);
  luaL_argcheck(L,
                name[0] != '(' || strcmp(name, "(vararg)") == 0 ||
                    strcmp(name, "(*vararg)") == 0,
                first + 1, "what has no name is the interpreter's own");
}

void CheckNoCFunction(lua_State* L, int index) {
  luaL_argcheck(L, !lua_iscfunction(L, index), index,
                "a function in C has no upvalues here");
}

void CheckTable(lua_State* L, int index) {
  luaL_argcheck(L, lua_istable(L, index), index, "expected a table");
}

struct Check {
  const char* name;
  void (*check)(lua_State*);
};

constexpr Check kChecks[] = {
    {"getlocal", &CheckLevel},
    {"setlocal", &CheckLevel},
    {"getupvalue", [](lua_State* L) { CheckNoCFunction(L, 1); }},
    {"setupvalue", [](lua_State* L) { CheckNoCFunction(L, 1); }},
    {"upvalueid", [](lua_State* L) { CheckNoCFunction(L, 1); }},
    {"upvaluejoin",
     [](lua_State* L) {
       CheckNoCFunction(L, 1);
       CheckNoCFunction(L, 3);
     }},
    {"getmetatable", [](lua_State* L) { CheckTable(L, 1); }},
    {"setmetatable", [](lua_State* L) { CheckTable(L, 1); }},
    {"getfenv",
     [](lua_State* L) {
       luaL_argcheck(L, lua_isfunction(L, 1) && !lua_iscfunction(L, 1), 1,
                     "expected a function in Lua");
     }},
    {"setfenv",
     [](lua_State* L) {
       luaL_argcheck(L, lua_isfunction(L, 1) && !lua_iscfunction(L, 1), 1,
                     "expected a function in Lua");
     }},
    {"gethook", [](lua_State*) {}},
    {"sethook", [](lua_State*) {}},
    {"getinfo", [](lua_State*) {}},
};

}  // namespace

// Upvalues: the box, the interpreter's own function, its name.
int DebugFunction(lua_State* L) {
  CheckWhole(L, POSTERN_DEBUG_ATTACH);
  const char* const name = lua_tostring(L, lua_upvalueindex(3));
  for (const Check& check : kChecks) {
    if (strcmp(check.name, name) != 0) continue;
    check.check(L);
    // In this one's place: a call would be a level more.
    return lua_tocfunction(L, lua_upvalueindex(2))(L);
  }
  return luaL_error(L, "debug.%s is not available", name);
}

}  // namespace lua
}  // namespace postern
