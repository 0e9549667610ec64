#include "bindings/lua/audit_stub.h"

#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace postern {
namespace lua {
namespace {

// What a userdata of ours holds.
struct Stub {
  enum class Kind : unsigned char { kUnknown, kPlugin, kFunction };
  Kind kind;
  OnPluginCall on_call;
  char name[512];  // "exec.in", "exec.in.run"
};

const void* MetatableKey() {
  static const char key = 0;
  return &key;
}

int Index(lua_State* L);
int Call(lua_State* L);

int ReturnUnknown(lua_State* L) {
  PushUnknown(L);
  return 1;
}

int ReturnFalse(lua_State* L) {
  lua_pushboolean(L, 0);
  return 1;
}

int ReturnNothing(lua_State*) { return 0; }

// A loop up to the length runs once.
int ReturnOne(lua_State* L) {
  lua_pushinteger(L, 1);
  return 1;
}

int ToString(lua_State* L) {
  lua_pushliteral(L, "<unknown>");
  return 1;
}

// An iterator that yields one pair; its upvalue says that it has.
int OneStep(lua_State* L) {
  if (lua_toboolean(L, lua_upvalueindex(1))) return 0;
  lua_pushboolean(L, 1);
  lua_replace(L, lua_upvalueindex(1));
  PushUnknown(L);
  PushUnknown(L);
  return 2;
}

int Pairs(lua_State* L) {
  lua_pushboolean(L, 0);
  lua_pushcclosure(L, &OneStep, 1);
  return 1;
}

constexpr luaL_Reg kMetamethods[] = {
    {"__add", &ReturnUnknown},   {"__band", &ReturnUnknown},
    {"__bnot", &ReturnUnknown},  {"__bor", &ReturnUnknown},
    {"__bxor", &ReturnUnknown},  {"__call", &Call},
    {"__close", &ReturnNothing}, {"__concat", &ReturnUnknown},
    {"__div", &ReturnUnknown},   {"__eq", &ReturnFalse},
    {"__idiv", &ReturnUnknown},  {"__index", &Index},
    {"__le", &ReturnFalse},      {"__len", &ReturnOne},
    {"__lt", &ReturnFalse},      {"__mod", &ReturnUnknown},
    {"__mul", &ReturnUnknown},   {"__newindex", &ReturnNothing},
    {"__pairs", &Pairs},         {"__pow", &ReturnUnknown},
    {"__shl", &ReturnUnknown},   {"__shr", &ReturnUnknown},
    {"__sub", &ReturnUnknown},   {"__tostring", &ToString},
    {"__unm", &ReturnUnknown},   {nullptr, nullptr},
};

void PushMetatable(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, MetatableKey()) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  luaL_setfuncs(L, kMetamethods, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, MetatableKey());
}

Stub* NewStub(lua_State* L, Stub::Kind kind) {
  luaL_checkstack(L, 4, "too many nested functions");
  const bool named = kind != Stub::Kind::kUnknown;
  const size_t size = named ? sizeof(Stub) : offsetof(Stub, name);
  Stub* const stub = static_cast<Stub*>(lua_newuserdatauv(L, size, 0));
  stub->kind = kind;
  stub->on_call = nullptr;
  PushMetatable(L);
  lua_setmetatable(L, -2);
  return stub;
}

const Stub* StubAt(lua_State* L, int index) {
  return IsUnknown(L, index) ? static_cast<Stub*>(lua_touserdata(L, index))
                             : nullptr;
}

// A field of a plugin is a function; a field of anything else is unknown.
int Index(lua_State* L) {
  const Stub* const stub = StubAt(L, 1);
  size_t size = 0;
  const char* const field =
      lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &size) : nullptr;
  if (stub == nullptr || stub->kind != Stub::Kind::kPlugin ||
      field == nullptr || size > 200 || std::strlen(field) != size) {
    return ReturnUnknown(L);
  }
  Stub* const function = NewStub(L, Stub::Kind::kFunction);
  function->on_call = stub->on_call;
  std::strcpy(function->name, stub->name);
  std::strcat(function->name, ".");
  std::strcat(function->name, field);
  return 1;
}

int Call(lua_State* L) {
  const Stub* const stub = StubAt(L, 1);
  if (stub != nullptr && stub->kind != Stub::Kind::kUnknown) {
    stub->on_call(L, stub->name);
    return ReturnUnknown(L);
  }
  // As the iterator of a for loop it is called with (nil, last value).
  const bool second_step =
      lua_gettop(L) == 3 && lua_isnil(L, 2) && !lua_isnil(L, 3);
  return second_step ? 0 : ReturnUnknown(L);
}

// Upvalues: the function, how many leading arguments count (0 = all).
int Accepting(lua_State* L) {
  const int count = lua_gettop(L);
  const int most = static_cast<int>(lua_tointeger(L, lua_upvalueindex(2)));
  for (int i = 1; i <= count && (most == 0 || i <= most); ++i) {
    if (IsUnknown(L, i)) return ReturnUnknown(L);
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, count, LUA_MULTRET);
  return lua_gettop(L);
}

// Makes the function on top of the stack take unknown values.
void Wrap(lua_State* L, int most) {
  lua_pushinteger(L, most);
  lua_pushcclosure(L, &Accepting, 2);
}

void WrapLibrary(lua_State* L, int globals, const char* library, int most) {
  lua_getfield(L, globals, library);
  const int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    if (lua_isfunction(L, -1)) {
      Wrap(L, most);
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, table);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_settop(L, table - 1);
}

// ipairs() would ask for elements by number until one is nil.
int OneStepPairs(lua_State* L) {
  if (IsUnknown(L, 1)) return Pairs(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

// table.concat: unknown if the list or an element is.
int Concat(lua_State* L) {
  if (IsUnknown(L, 1)) return ReturnUnknown(L);
  const lua_Integer length =
      lua_istable(L, 1) ? static_cast<lua_Integer>(lua_rawlen(L, 1)) : 0;
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(L, 1, i);
    const bool unknown = IsUnknown(L, -1);
    lua_pop(L, 1);
    if (unknown) return ReturnUnknown(L);
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

void Replace(lua_State* L, int table, const char* name, lua_CFunction by) {
  lua_getfield(L, table, name);
  lua_pushcclosure(L, by, 1);
  lua_setfield(L, table, name);
}

}  // namespace

void PushUnknown(lua_State* L) { NewStub(L, Stub::Kind::kUnknown); }

bool IsUnknown(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_checkstack(L, 2) ||
      !lua_getmetatable(L, index)) {
    return false;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, MetatableKey());
  const bool ours = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return ours;
}

void PushPluginStub(lua_State* L, const char* name, OnPluginCall on_call) {
  Stub* const stub = NewStub(L, Stub::Kind::kPlugin);
  stub->on_call = on_call;
  std::strncpy(stub->name, name, 255);
  stub->name[255] = '\0';
}

void AcceptUnknownValues(lua_State* L, int globals) {
  WrapLibrary(L, globals, "string", 0);
  WrapLibrary(L, globals, "math", 0);
  WrapLibrary(L, globals, "utf8", 0);
  WrapLibrary(L, globals, "os", 0);
  lua_getfield(L, globals, "table");
  Replace(L, lua_gettop(L), "concat", &Concat);
  lua_pop(L, 1);
  WrapLibrary(L, globals, "table", 1);
  for (const char* name : {"tonumber", "tostring", "load", "rawlen"}) {
    lua_getfield(L, globals, name);
    Wrap(L, 1);
    lua_setfield(L, globals, name);
  }
  Replace(L, globals, "ipairs", &OneStepPairs);
}

}  // namespace lua
}  // namespace postern
