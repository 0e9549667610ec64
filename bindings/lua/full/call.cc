#include "bindings/lua/full/call.h"

#include <new>

#include "bindings/lua/denial_table.h"

namespace postern {
namespace lua {
namespace {

// Where the guarded state is; null once the Lua state is being closed. Lua
// keeps the memory of a userdata until no finalizer can see it any more.
struct Box {
  GuardedState* state;
};

// Keys in the registry.
constexpr char kDenialMetatable = 0;
constexpr char kTakenMetatable = 0;

int FreeBox(lua_State* L) {
  Box* const box = static_cast<Box*>(lua_touserdata(L, 1));
  delete box->state;
  box->state = nullptr;
  return 0;
}

int DenialToString(lua_State* L) {
  if (lua_istable(L, 1)) {
    lua_pushliteral(L, "message");
    lua_rawget(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) return 1;
  }
  lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

// For `denial .. text` and `text .. denial`, as people write them in messages.
int DenialConcat(lua_State* L) {
  for (int i = 1; i <= 2; ++i) {
    lua_pushcfunction(L, &DenialToString);
    lua_pushvalue(L, i);
    if (lua_isstring(L, i)) {
      lua_remove(L, -2);
    } else {
      lua_call(L, 1, 1);
    }
  }
  lua_concat(L, 2);
  return 1;
}

void PushDenialMetatable(lua_State* L) {
  PushHidden(L, &kDenialMetatable);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushcfunction(L, &DenialToString);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, &DenialConcat);
  lua_setfield(L, -2, "__concat");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  SetHidden(L, &kDenialMetatable);
}

void PushDenial(lua_State* L, const host::GuestDenial& denial) {
  PushDenialTable(L, denial);
  PushDenialMetatable(L);
  lua_setmetatable(L, -2);
}

// Holds a failure for as long as it is being pushed.
int FreeTaken(lua_State* L) {
  Failure** const taken = static_cast<Failure**>(lua_touserdata(L, 1));
  delete *taken;
  *taken = nullptr;
  return 0;
}

// Pushes a userdata that holds the failure, and returns that. Lua runs
// finalizers of the guest whenever it needs memory, and what they call fails
// too: the state's own failure would change while it is pushed.
const Failure& PushTaken(lua_State* L, GuardedState& state) {
  Failure* const failure = state.TakeFailure();
  if (failure == nullptr) luaL_error(L, "not enough memory");
  Failure** const taken =
      static_cast<Failure**>(lua_newuserdata(L, sizeof(Failure*)));
  *taken = failure;
  PushHidden(L, &kTakenMetatable);
  lua_setmetatable(L, -2);
  return *failure;
}

}  // namespace

bool PushNewState(lua_State* L, const postern_lua_options& options) {
  Box* const box = static_cast<Box*>(lua_newuserdata(L, sizeof(Box)));
  box->state = nullptr;
  lua_newtable(L);
  lua_pushcfunction(L, &FreeBox);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_pushcfunction(L, &FreeTaken);
  lua_setfield(L, -2, "__gc");
  SetHidden(L, &kTakenMetatable);
  try {
    box->state = new GuardedState(options);
  } catch (...) {
    return false;
  }
  return true;
}

void PushGuarded(lua_State* L, int box, lua_CFunction function) {
  lua_pushvalue(L, box);
  lua_pushcclosure(L, function, 1);
}

GuardedState& StateIn(lua_State* L, int box) {
  Box* const found = static_cast<Box*>(lua_touserdata(L, box));
  if (found == nullptr || found->state == nullptr) {
    luaL_error(L, "the state is being closed");
  }
  return *found->state;
}

GuardedState& StateOf(lua_State* L) { return StateIn(L, lua_upvalueindex(1)); }

int PushFailure(lua_State* L, GuardedState& state) {
  luaL_checkstack(L, 12, "too many values");
  const Failure& failure = PushTaken(L, state);
  const int taken = lua_gettop(L);
  lua_pushnil(L);
  lua_pushlstring(L, failure.message.data(), failure.message.size());
  lua_pushinteger(L, failure.code);
  if (failure.denied) PushDenial(L, failure.denial);
  lua_remove(L, taken);
  return lua_gettop(L) - taken + 1;
}

void PushFailureMessage(lua_State* L, GuardedState& state) {
  const Failure& failure = PushTaken(L, state);
  lua_pushlstring(L, failure.message.data(), failure.message.size());
  lua_remove(L, -2);
}

void RaiseFailure(lua_State* L, GuardedState& state) {
  luaL_checkstack(L, 12, "too many values");
  const Failure& failure = PushTaken(L, state);
  if (failure.denied) {
    PushDenial(L, failure.denial);
  } else {
    lua_pushlstring(L, failure.message.data(), failure.message.size());
  }
  lua_error(L);
  __builtin_unreachable();
}

void CheckWhole(lua_State* L, postern_permission permission) {
  GuardedState& state = StateOf(L);
  if (!state.EnforceWhole(permission)) RaiseFailure(L, state);
}

}  // namespace lua
}  // namespace postern
