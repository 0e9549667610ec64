#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/functions.h"
#include "bindings/lua/full/stream.h"

namespace postern {
namespace lua {
namespace {

// Which variable would set the category for a program: what the policy speaks
// of.
constexpr const char* kCategoryNames[] = {
    "all", "collate", "ctype", "monetary", "numeric", "time", nullptr};
constexpr const char* kCategoryVariables[] = {
    "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME"};
constexpr int kCategories[] = {LC_ALL,      LC_COLLATE, LC_CTYPE,
                               LC_MONETARY, LC_NUMERIC, LC_TIME};

bool HasNul(absl::string_view text) {
  return text.find('\0') != absl::string_view::npos;
}

int ExitStatus(lua_State* L) {
  if (lua_isboolean(L, 1)) {
    return lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  return static_cast<int>(luaL_optinteger(L, 1, EXIT_SUCCESS));
}

}  // namespace

int OsExecute(lua_State* L) {
  GuardedState& state = StateOf(L);
  if (lua_isnoneornil(L, 1)) {
    const bool has = state.HasShell();
    if (kIsLuaJit) {
      lua_pushinteger(L, has ? 1 : 0);
    } else {
      lua_pushboolean(L, has);
    }
    return 1;
  }
  const absl::string_view command = CheckText(L, 1);
  if (state.has_streams()) fflush(stdout);
  StartedProgram started;
  if (!state.StartShell(command, PipeEnd::kNone, &started)) {
    return PushFailure(L, state);
  }
  return PushEnd(L, EndOf(started.child));
}

// Ends the host, so it needs what a signal to it would need.
int OsExit(lua_State* L) {
  GuardedState& state = StateOf(L);
  const int status = ExitStatus(L);
  if (!state.EnforceName(POSTERN_PROCESS_SIGNAL, "@self")) {
    RaiseFailure(L, state);
  }
  if (lua_toboolean(L, 2)) lua_close(L);
  exit(status);
}

int OsGetenv(lua_State* L) {
  GuardedState& state = StateOf(L);
  const absl::string_view name = CheckText(L, 1);
  const bool granted = state.EnforceName(POSTERN_ENV_READ, name);
  const bool concealed = !granted && state.failure().code == ENOENT;
  if (!granted && !concealed) return PushFailure(L, state);
  const bool known = granted && !HasNul(name);
  lua_pushstring(L, known ? getenv(name.data()) : nullptr);
  return 1;
}

int OsRemove(lua_State* L) {
  GuardedState& state = StateOf(L);
  if (!state.Remove(CheckText(L, 1))) return PushFailure(L, state);
  lua_pushboolean(L, 1);
  return 1;
}

int OsRename(lua_State* L) {
  GuardedState& state = StateOf(L);
  const absl::string_view from = CheckText(L, 1);
  const absl::string_view to = CheckText(L, 2);
  if (!state.Rename(from, to)) return PushFailure(L, state);
  lua_pushboolean(L, 1);
  return 1;
}

// The locale is the process's, not the state's.
int OsSetlocale(lua_State* L) {
  GuardedState& state = StateOf(L);
  const char* const name = luaL_optstring(L, 1, nullptr);
  const int which = luaL_checkoption(L, 2, "all", kCategoryNames);
  const postern_permission needed =
      name == nullptr ? POSTERN_ENV_READ : POSTERN_ENV_WRITE;
  if (!state.EnforceName(needed, kCategoryVariables[which])) {
    return PushFailure(L, state);
  }
  lua_pushstring(L, setlocale(kCategories[which], name));
  return 1;
}

int OsTmpname(lua_State* L) {
  GuardedState& state = StateOf(L);
  const int fd = state.CreateTemporary();
  if (fd < 0) RaiseFailure(L, state);
  close(fd);
  // A finalizer may ask for a name as well before Lua has copied this one.
  char name[PATH_MAX];
  const size_t size = std::min(state.text().size(), sizeof(name));
  memcpy(name, state.text().data(), size);
  lua_pushlstring(L, name, size);
  return 1;
}

}  // namespace lua
}  // namespace postern
