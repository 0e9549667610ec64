#include "bindings/lua/guest_library.h"
#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {
namespace {

// Instructions that a coroutine may run before its first count: each has a
// counter of its own, which starts anew.
constexpr uint64_t kCostOfCoroutine = 150;

// Closing a coroutine runs code on the C stack, and Lua 5.4.4 does not count
// how deep one close leads to the next.
constexpr int kMostNestedCloses = 100;

lua_State* CheckCoroutine(lua_State* L) {
  lua_State* const co = lua_tothread(L, 1);
  luaL_argexpected(L, co != nullptr, 1, "coroutine");
  return co;
}

// Hands `count` arguments over. Returns how many results were handed back, or
// -1 with the error object on top. Raises again what must not be caught.
int Resume(lua_State* L, lua_State* co, int count) {
  Spend(L, 20);
  if (!lua_checkstack(co, count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, count);
  int results = 0;
  const int status = lua_resume(co, L, count, &results);
  RethrowStop(L, status);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, results);
  return results;
}

int Create(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  Spend(L, kCostOfCoroutine);
  lua_State* const co = lua_newthread(L);  // has the hook of L
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

int ResumeFunction(lua_State* L) {
  lua_State* const co = CheckCoroutine(L);
  const int results = Resume(L, co, lua_gettop(L) - 1);
  lua_pushboolean(L, results >= 0);
  lua_insert(L, results >= 0 ? -(results + 1) : -2);
  return results >= 0 ? results + 1 : 2;
}

// Runs what is to be closed in a coroutine that can no longer run. On an error
// its object is pushed and the answer is false.
bool CloseThread(lua_State* L, lua_State* co) {
  GuestState* const guest = GuestState::Of(L);
  if (guest->closing >= kMostNestedCloses) luaL_error(L, "C stack overflow");
  Spend(L, 50);
  ++guest->closing;
  const int status = lua_resetthread(co);  // does not raise
  --guest->closing;
  RethrowStop(L, status);
  if (status == LUA_OK) return true;
  lua_xmove(co, L, 1);
  return false;
}

int CallWrapped(lua_State* L) {
  lua_State* const co = lua_tothread(L, lua_upvalueindex(1));
  const int results = Resume(L, co, lua_gettop(L));
  if (results >= 0) return results;
  const int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    // Its error object has moved to L; the one of closing takes its place.
    lua_pushvalue(L, -1);
    lua_xmove(L, co, 1);
    if (!CloseThread(L, co)) lua_remove(L, -2);
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int Wrap(lua_State* L) {
  Create(L);
  lua_pushcclosure(L, &CallWrapped, 1);
  return 1;
}

int Yield(lua_State* L) { return lua_yield(L, lua_gettop(L)); }

// "running", "normal", "suspended" or "dead".
const char* StatusOf(lua_State* L, lua_State* co) {
  if (L == co) return "running";
  switch (lua_status(co)) {
    case LUA_YIELD:
      return "suspended";
    case LUA_OK: {
      lua_Debug frame;
      if (lua_getstack(co, 0, &frame)) return "normal";
      return lua_gettop(co) == 0 ? "dead" : "suspended";
    }
    default:
      return "dead";
  }
}

int Status(lua_State* L) {
  lua_pushstring(L, StatusOf(L, CheckCoroutine(L)));
  return 1;
}

int Close(lua_State* L) {
  lua_State* const co = CheckCoroutine(L);
  const char* const status = StatusOf(L, co);
  if (status[0] != 's' && status[0] != 'd') {
    return luaL_error(L, "cannot close a %s coroutine", status);
  }
  const bool closed = CloseThread(L, co);
  lua_pushboolean(L, closed);
  if (closed) return 1;
  lua_insert(L, -2);
  return 2;
}

int IsYieldable(lua_State* L) {
  lua_State* const co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  lua_pushboolean(L, lua_isyieldable(co));
  return 1;
}

int Running(lua_State* L) {
  const int is_main = lua_pushthread(L);
  lua_pushboolean(L, is_main);
  return 2;
}

constexpr luaL_Reg kFunctions[] = {
    {"close", &Close},
    {"create", &Create},
    {"isyieldable", &IsYieldable},
    {"resume", &ResumeFunction},
    {"running", &Running},
    {"status", &Status},
    {"wrap", &Wrap},
    {"yield", &Yield},
    {nullptr, nullptr},
};

}  // namespace

void AddCoroutineFunctions(lua_State* L) { luaL_setfuncs(L, kFunctions, 0); }

}  // namespace lua
}  // namespace postern
