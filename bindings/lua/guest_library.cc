#include "bindings/lua/guest_library.h"

#include <sys/random.h>

#include <algorithm>

#include "bindings/lua/audit_stub.h"
#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {
namespace {

// A list of the interpreter's own functions to take over.
using Names = const char* const*;

constexpr const char* kBase[] = {
    "assert",   "getmetatable", "ipairs",   "next",   "pairs",
    "rawequal", "rawget",       "rawlen",   "rawset", "select",
    "tonumber", "type",         "_VERSION", nullptr};
constexpr const char* kMath[] = {
    "abs", "acos",       "asin", "atan",      "ceil", "cos",    "deg",
    "exp", "floor",      "fmod", "huge",      "log",  "max",    "maxinteger",
    "min", "mininteger", "modf", "pi",        "rad",  "random", "randomseed",
    "sin", "sqrt",       "tan",  "tointeger", "type", "ult",    nullptr};
constexpr const char* kOs[] = {"clock", "difftime", "time", nullptr};
constexpr const char* kUtf8[] = {"char", "charpattern", "codepoint", "codes",
                                 "len",  "offset",      nullptr};
constexpr const char* kString[] = {"char",   "format",   "len",     "lower",
                                   "pack",   "packsize", "reverse", "sub",
                                   "unpack", "upper",    nullptr};

// Of these: those that read as many arguments as they are given.
constexpr const char* kReadsAllInMath[] = {"max", "min", nullptr};
constexpr const char* kReadsAllInUtf8[] = {"char", nullptr};
constexpr const char* kReadsAllInString[] = {"char", "pack", nullptr};

// A stack holds no more (LUAI_MAXSTACK).
constexpr lua_Integer kMostLevels = 1000000;

// Opens a library of the interpreter and leaves its table on the stack.
void Open(lua_State* L, lua_CFunction library) {
  lua_pushcfunction(L, library);
  lua_call(L, 0, 1);
}

// Sets the named fields of the table at `to` to those of the table on top.
void CopyFields(lua_State* L, Names names, int to) {
  const int from = lua_gettop(L);
  for (; *names != nullptr; ++names) {
    lua_getfield(L, from, *names);
    lua_setfield(L, to, *names);
  }
}

// Adds to `globals` a table of the named functions of a library; leaves it on
// the stack.
void PushSubset(lua_State* L, lua_CFunction library, Names names) {
  lua_newtable(L);
  const int subset = lua_gettop(L);
  Open(L, library);
  CopyFields(L, names, subset);
  lua_settop(L, subset);
}

// Upvalue: a function of the interpreter, which takes the place of this one.
int PayAndCall(lua_State* L) {
  SpendForArguments(L);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

// Lets the named functions of the table on top pay for their arguments. They
// must have no upvalues.
void LetPay(lua_State* L, Names names) {
  for (; *names != nullptr; ++names) {
    lua_getfield(L, -1, *names);
    lua_pushcclosure(L, &PayAndCall, 1);
    lua_setfield(L, -2, *names);
  }
}

// The interpreter's base library writes into the state's globals: it gets a
// table of its own, of which a few functions are taken.
void AddBase(lua_State* L, int globals) {
  Open(L, luaopen_base);
  CopyFields(L, kBase, globals);
  lua_pop(L, 1);
  lua_pushvalue(L, globals);
  AddBaseFunctions(L);
  AddRequire(L);
  lua_setfield(L, globals, "_G");
  lua_pushvalue(L, globals);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

// The metatable of all strings stays out of reach and holds our functions.
void AddString(lua_State* L, int globals) {
  PushSubset(L, luaopen_string, kString);
  LetPay(L, kReadsAllInString);
  AddStringFunctions(L);
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
  lua_setfield(L, globals, "string");
}

int Date(lua_State* L) {
  size_t size = 0;
  luaL_optlstring(L, 1, "%c", &size);
  luaL_argcheck(L, size <= 256, 1, "format is too long");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

// Reads seven fields of a table, each of which may be a long numeral.
int Time(lua_State* L) {
  if (lua_istable(L, 1)) Spend(L, 1000);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void AddOs(lua_State* L, int globals) {
  PushSubset(L, luaopen_os, kOs);
  lua_getfield(L, -1, "time");
  lua_pushcclosure(L, &Time, 1);
  lua_setfield(L, -2, "time");
  Open(L, luaopen_os);
  lua_getfield(L, -1, "date");
  lua_pushcclosure(L, &Date, 1);
  lua_setfield(L, -3, "date");
  lua_pop(L, 1);
  lua_setfield(L, globals, "os");
}

void PushRandomInteger(lua_State* L) {
  lua_Integer random = 0;
  if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
    random = lua_Integer{1};  // early in the boot of a machine: the same ones
  }
  lua_pushinteger(L, random);
}

// math.randomseed(). Without a seed, the interpreter's takes the state's
// address for one, which it returns, and which its numbers would tell.
int RandomSeed(lua_State* L) {
  if (lua_isnone(L, 1)) {
    PushRandomInteger(L);
    PushRandomInteger(L);
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

void AddMath(lua_State* L, int globals) {
  PushSubset(L, luaopen_math, kMath);
  LetPay(L, kReadsAllInMath);
  lua_getfield(L, -1, "randomseed");
  lua_pushcclosure(L, &RandomSeed, 1);
  lua_pushvalue(L, -1);
  lua_call(L, 0, 0);  // the first seed was an address, too
  lua_setfield(L, -2, "randomseed");
  lua_setfield(L, globals, "math");
}

void AddUtf8(lua_State* L, int globals) {
  PushSubset(L, luaopen_utf8, kUtf8);
  LetPay(L, kReadsAllInUtf8);
  lua_setfield(L, globals, "utf8");
}

}  // namespace

void SpendForArguments(lua_State* L) {
  uint64_t bytes = 0;
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
    if (lua_type(L, i) == LUA_TSTRING) bytes += lua_rawlen(L, i);
  }
  Spend(L, (bytes + static_cast<uint64_t>(count)) / 4);
}

void SpendForLevel(lua_State* L, lua_Integer level) {
  if (level > 0) Spend(L, static_cast<uint64_t>(std::min(level, kMostLevels)));
}

void OpenGuestLibrary(lua_State* L) {
  lua_newtable(L);
  const int globals = lua_gettop(L);
  AddBase(L, globals);
  AddString(L, globals);
  AddOs(L, globals);
  AddMath(L, globals);
  AddUtf8(L, globals);
  lua_newtable(L);
  AddDebugFunctions(L);
  lua_setfield(L, globals, "debug");
  lua_newtable(L);
  AddTableFunctions(L);
  lua_setfield(L, globals, "table");
  lua_newtable(L);
  AddCoroutineFunctions(L);
  lua_setfield(L, globals, "coroutine");
  if (GuestState::Of(L)->unknown_values()) AcceptUnknownValues(L, globals);
  lua_settop(L, globals - 1);
}

}  // namespace lua
}  // namespace postern
