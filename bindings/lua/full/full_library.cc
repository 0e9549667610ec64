#include "bindings/lua/full_library.h"

#include <string.h>

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/entries.h"
#include "bindings/lua/full/functions.h"
#include "bindings/lua/full/stream.h"

namespace postern {
namespace lua {
namespace {

struct Library {
  const char* name;
  lua_CFunction open;  // null: none of the interpreter's is used
};

constexpr Library kLibraries[] = {
    {"_G", &luaopen_base},     {"package", &luaopen_package},
    {"debug", &luaopen_debug}, {"math", &luaopen_math},
    {"os", &luaopen_os},       {"string", &luaopen_string},
    {"table", &luaopen_table},
#if LUA_VERSION_NUM == 501
    {"bit", &luaopen_bit},     {"jit", &luaopen_jit},
    {"coroutine", nullptr},  // luaopen_base() opens it as well
#else
    {"coroutine", &luaopen_coroutine},
    {"utf8", &luaopen_utf8},
#endif
    {"io", nullptr},           {"permission", nullptr},
};

constexpr lua_CFunction kSearchers[] = {&SearchPreload, &SearchLuaFile,
                                        &SearchNative, &SearchNativeRoot};

// Pushes the table of a library, opened or new.
void PushLibrary(lua_State* L, const Library& library) {
  lua_settop(L, lua_gettop(L) + 1);
  if (library.open != nullptr) {
    lua_pushcfunction(L, library.open);
    lua_pushstring(L, library.name);
    lua_call(L, 1, 1);
    lua_replace(L, -2);
  }
  // Lua 5.4 returns a library, LuaJIT makes it a global.
  if (!kIsLuaJit && lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_getglobal(L, library.name);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
}

// Pushes what stands in place of the interpreter's own function, which is on
// top; nil for what is not there any more.
void PushReplacement(lua_State* L, int box, const Entry& entry) {
  const int own = lua_gettop(L);
  const bool is_function = lua_isfunction(L, own);
  if (entry.kind == EntryKind::kGuarded && entry.function != nullptr) {
    PushGuarded(L, box, entry.function);
  } else if (entry.kind == EntryKind::kDebug && is_function) {
    lua_pushvalue(L, box);
    lua_pushvalue(L, own);
    lua_pushstring(L, entry.name);
    lua_pushcclosure(L, &DebugFunction, 3);
  } else if (entry.kind == EntryKind::kRefused && is_function) {
    lua_pushvalue(L, box);
    lua_pushfstring(L, "%s.%s", entry.library, entry.name);
    lua_pushcclosure(L, &NotAvailable, 2);
  } else {
    lua_pushnil(L);
  }
}

// Takes from the table on top, opened by the interpreter, all that no row
// keeps.
void RemoveWhatHasNoRow(lua_State* L, const char* library) {
  const int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    const Entry* const entry = lua_type(L, -1) == LUA_TSTRING
                                   ? FindEntry(library, lua_tostring(L, -1))
                                   : nullptr;
    if (entry != nullptr) continue;
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, table);  // may be done while it is traversed
  }
}

// Makes the library on top what its rows say.
void ApplyRows(lua_State* L, int box, const char* library) {
  size_t count = 0;
  const Entry* const entries = Entries(&count);
  for (size_t i = 0; i < count; ++i) {
    const Entry& entry = entries[i];
    if (entry.kind == EntryKind::kPure || strcmp(entry.library, library) != 0) {
      continue;
    }
    lua_pushstring(L, entry.name);
    lua_pushstring(L, entry.name);
    lua_rawget(L, -3);
    PushReplacement(L, box, entry);
    lua_remove(L, -2);
    lua_rawset(L, -3);
  }
}

void AddLibrary(lua_State* L, int box, const Library& library) {
  PushLibrary(L, library);
  RemoveWhatHasNoRow(L, library.name);
  ApplyRows(L, box, library.name);
  if (strcmp(library.name, "io") == 0 && StateIn(L, box).has_streams()) {
    AddStandardStreams(L);
  }
  lua_setglobal(L, library.name);
}

// package.loaded: the libraries as they are now, and nothing that opening them
// left there.
void ResetLoaded(lua_State* L) {
  lua_newtable(L);
  const int loaded = lua_gettop(L);
  for (const Library& library : kLibraries) {
    lua_getglobal(L, library.name);
    lua_setfield(L, loaded, library.name);
  }
  lua_pushvalue(L, loaded);
  lua_setfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getglobal(L, "package");
  lua_pushvalue(L, loaded);
  lua_setfield(L, -2, "loaded");
  lua_settop(L, loaded - 1);
}

// A function with `package`, on top, as its second upvalue.
void PushForPackage(lua_State* L, int box, lua_CFunction function) {
  lua_pushvalue(L, box);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, function, 2);
}

void SetPackageText(lua_State* L, const char* field, const std::string& text) {
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, field);
}

// The interpreter's `require` finds modules by these alone. The table of its
// own searchers is emptied, as `require` of Lua 5.4 keeps it.
void SetUpPackage(lua_State* L, int box) {
  lua_getglobal(L, "package");
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "_PRELOAD");
  AddFfi(L, box);
  lua_setfield(L, -2, "preload");
  lua_newtable(L);
  int i = 0;
  for (lua_CFunction searcher : kSearchers) {
    lua_pushvalue(L, -2);
    PushForPackage(L, box, searcher);
    lua_remove(L, -2);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, kIsLuaJit ? "loaders" : "searchers");
  SetPackageText(L, "path", StateIn(L, box).package_path());
  SetPackageText(L, "cpath", StateIn(L, box).package_cpath());
  lua_pop(L, 1);
}

// Opens everything; argument: the options.
int OpenAll(lua_State* L) {
  const auto* const options =
      static_cast<const postern_lua_options*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  if (!PushNewState(L, *options)) return luaL_error(L, "not enough memory");
  const int box = lua_gettop(L);
  MakeStreamMetatable(L, box);
  HideFfi(L);
  for (const Library& library : kLibraries) AddLibrary(L, box, library);
  ResetLoaded(L);
  SetUpPackage(L, box);
#if LUA_VERSION_NUM >= 504
  // Warnings go to the standard error of the process.
  if (!StateIn(L, box).has_streams()) lua_setwarnf(L, nullptr, nullptr);
#endif
  return 0;
}

// No global, and nothing loaded.
bool IsFresh(lua_State* L) {
  if (lua_gettop(L) != 0) return false;
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  const bool loaded = !lua_isnil(L, -1);
  PushGlobals(L);
  lua_pushnil(L);
  const bool used = lua_next(L, -2) != 0;
  lua_settop(L, 0);
  return !loaded && !used;
}

const char* ProblemOf(const postern_lua_options* options) {
  if (options == nullptr || options->context == nullptr) {
    return "no options, or no context";
  }
  if (options->struct_size != sizeof(*options)) return "unknown struct_size";
  constexpr uint32_t kKnown =
      POSTERN_LUA_FULL_DENIALS | POSTERN_LUA_NO_STANDARD_STREAMS;
  if ((options->flags & ~kKnown) != 0 || options->reserved != 0) {
    return "unknown flags";
  }
  return nullptr;
}

postern_status Finish(postern_status status, const char* problem,
                      const char** out) {
  if (out != nullptr) *out = problem;
  return status;
}

}  // namespace

int NotAvailable(lua_State* L) {
  return luaL_error(L, "%s is not available",
                    lua_tostring(L, lua_upvalueindex(2)));
}

}  // namespace lua
}  // namespace postern

postern_status postern_lua_open(lua_State* L,
                                const postern_lua_options* options,
                                const char** problem) {
  using namespace postern::lua;  // NOLINT: this function is global
  const char* const wrong = L == nullptr ? "no state" : ProblemOf(options);
  if (wrong != nullptr) return Finish(POSTERN_INVALID_ARGUMENT, wrong, problem);
  if (!IsFresh(L)) {
    return Finish(POSTERN_FAILED_PRECONDITION, "the state is not fresh",
                  problem);
  }
  lua_pushcfunction(L, &OpenAll);
  lua_pushlightuserdata(L, const_cast<postern_lua_options*>(options));
  if (lua_pcall(L, 1, 0, 0) == 0) return Finish(POSTERN_OK, nullptr, problem);
  lua_settop(L, 0);
  return Finish(POSTERN_RESOURCE_EXHAUSTED, "not enough memory", problem);
}
