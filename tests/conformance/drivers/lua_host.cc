// The drivers for Lua 5.4 and LuaJIT: a guest with the full library.

#include <cstring>
#include <iostream>
#include <lua.hpp>
#include <memory>
#include <string>

#include "bindings/lua/full_library.h"
#include "tests/conformance/drivers/lua_guest.h"
#include "tests/conformance/drivers/rights.h"

namespace {

struct CloseState {
  void operator()(lua_State* L) const { lua_close(L); }
};
using State = std::unique_ptr<lua_State, CloseState>;

// A state whose one value on the stack is the guest's function.
State NewState(const Rights& rights, const std::string& lie) {
  postern_lua_options options = {};
  options.struct_size = sizeof(options);
  options.context = rights.context();
  options.files = rights.files();
  options.launcher = rights.launcher();
  State state(luaL_newstate());
  lua_State* const L = state.get();
  if (postern_lua_open(L, &options, nullptr) != POSTERN_OK ||
      luaL_loadbuffer(L, kLuaGuest, std::strlen(kLuaGuest), "=guest") != 0) {
    return nullptr;
  }
  if (lie.empty()) {
    lua_pushnil(L);
  } else {
    lua_pushlstring(L, lie.data(), lie.size());
  }
  return lua_pcall(L, 1, 1, 0) == 0 ? std::move(state) : nullptr;
}

void SetText(lua_State* L, const char* field, const postern_bytes& text) {
  lua_pushlstring(L, text.size == 0 ? "" : text.data, text.size);
  lua_setfield(L, -2, field);
}

void SetFlag(lua_State* L, const char* field, bool flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, field);
}

void PushAttempt(lua_State* L, const attempt& what) {
  lua_newtable(L);
  SetText(L, "op", what.op);
  SetText(L, "form",
          what.directory.size > 0 ? postern_bytes{"dirfd", 5} : what.form);
  SetText(L, "path", what.path);
  SetText(L, "to", what.to);
  SetText(L, "text", what.text);
  SetText(L, "name", what.name);
  SetText(L, "code", what.code);
  SetText(L, "permission", what.permission);
  SetText(L, "resource", what.resource);
  SetText(L, "drop_permission", what.drop_permission);
  SetText(L, "drop_resource", what.drop_resource);
  SetFlag(L, "drop_when_opened", what.drop_when_opened != 0);
  SetFlag(L, "has_resource", what.has_resource != 0);
  SetFlag(L, "for_writing", what.for_writing != 0);
  SetFlag(L, "nofollow", what.nofollow != 0);
}

std::string DetailOf(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    const char* const name =
        strerrorname_np(static_cast<int>(lua_tointeger(L, index)));
    return name == nullptr ? "" : name;
  }
  size_t size = 0;
  const char* const text = lua_tolstring(L, index, &size);
  return text == nullptr ? "" : std::string(text, size);
}

void Try(lua_State* L, const attempt& what, answer* to) {
  lua_pushvalue(L, 1);
  PushAttempt(L, what);
  if (lua_pcall(L, 1, 2, 0) != 0) {
    Say(FAILED, DetailOf(L, -1), to);
  } else {
    const char* const name = lua_tostring(L, -2);
    Say(VerdictOf(name == nullptr ? "" : name), DetailOf(L, -1), to);
  }
  lua_settop(L, 1);
}

}  // namespace

struct host {
  std::unique_ptr<Rights> rights;
  std::string lie;
  State state;
};

host* host_new(const char* policy, const char* folder) {
  std::unique_ptr<Rights> rights = Rights::Make(policy, folder);
  if (rights == nullptr) return nullptr;
  const std::string lie = LieFor(folder);
  State state = NewState(*rights, lie);
  if (state == nullptr) return nullptr;
  return new host{std::move(rights), lie, std::move(state)};
}

void host_free(host* made) { delete made; }

// In Lua the place of a worker is another state.
void host_try(host* by, const attempt* what, answer* to) {
  if (!what->in_worker) return Try(by->state.get(), *what, to);
  const State worker = NewState(*by->rights, by->lie);
  if (worker == nullptr) return Say(FAILED, "no state", to);
  Try(worker.get(), *what, to);
}
