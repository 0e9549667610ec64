#include <string>

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/functions.h"

namespace postern {
namespace lua {
namespace {

constexpr int kMostWords = 1000;

bool Append(std::vector<std::string>* words, absl::string_view word) noexcept {
  try {
    words->emplace_back(word.data(), word.size());
    return true;
  } catch (...) {
    return false;
  }
}

void AddWord(lua_State* L, GuardedState& state, int index) {
  // A number would be converted in place, which a traversal does not survive.
  if (lua_type(L, index) != LUA_TSTRING) {
    luaL_error(L, "expected a string in the resource, got %s",
               luaL_typename(L, index));
  }
  if (!Append(&state.words(), CheckText(L, index))) {
    luaL_error(L, "not enough memory");
  }
}

// The words of the arguments: a permission, and perhaps a resource, which is a
// string or a list of strings.
void TakeWords(lua_State* L, GuardedState& state) {
  luaL_checktype(L, 1, LUA_TSTRING);
  state.words().clear();
  AddWord(L, state, 1);
  if (lua_isnoneornil(L, 2)) return;
  if (!lua_istable(L, 2)) return AddWord(L, state, 2);
  const size_t count = RawLength(L, 2);
  luaL_argcheck(L, count >= 1 && count <= kMostWords, 2,
                "expected a list of 1 to 1000 strings");
  for (size_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, 2, static_cast<int>(i));
    AddWord(L, state, lua_gettop(L));
    lua_pop(L, 1);
  }
}

}  // namespace

int PermissionHas(lua_State* L) {
  GuardedState& state = StateOf(L);
  TakeWords(L, state);
  lua_pushboolean(L, state.Has());
  return 1;
}

int PermissionDrop(lua_State* L) {
  GuardedState& state = StateOf(L);
  TakeWords(L, state);
  if (!state.Drop()) RaiseFailure(L, state);
  return 0;
}

}  // namespace lua
}  // namespace postern
