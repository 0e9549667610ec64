#include <errno.h>
#include <string.h>

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/functions.h"
#include "bindings/lua/full/native.h"
#include "bindings/lua/full/stream.h"

namespace postern {
namespace lua {
namespace {

// A text for the parser, in one piece.
struct Source {
  const char* text;
  size_t size;
};

const char* NextText(lua_State*, void* data, size_t* size) {
  Source* const source = static_cast<Source*>(data);
  *size = source->size;
  source->size = 0;
  return *size == 0 ? nullptr : source->text;
}

// Pieces from the function at 1. The parser reads one before it asks for the
// next, so the last one is kept at 5.
const char* NextPiece(lua_State* L, void*, size_t* size) {
  *size = 0;
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return nullptr;
  }
  if (!lua_isstring(L, -1)) {
    luaL_error(L, "reader function must return a string");
  }
  lua_replace(L, 5);
  return lua_tolstring(L, 5, size);
}

// nil and the message that the parser left.
int PushParserError(lua_State* L) {
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

// Sets the environment at `env` (0 = none) of the function on top.
int FinishLoad(lua_State* L, int status, int env) {
  if (status != 0) return PushParserError(L);
  if (env != 0) {
    lua_pushvalue(L, env);
    (void)SetEnvironment(L, lua_gettop(L) - 1);
  }
  return 1;
}

// Bytecode is loaded by nothing: it is not checked, and reaches all memory.
bool WantsText(const char* mode) { return strchr(mode, 't') != nullptr; }

int PushOnlyText(lua_State* L, const char* mode) {
  lua_pushnil(L);
  lua_pushfstring(L, "attempt to load a text chunk (mode is '%s')", mode);
  return 2;
}

// Where the code of a file begins: after a byte order mark, and a first line
// with "#".
Source CodeOf(const char* text, size_t size) {
  constexpr char kMark[] = "\xEF\xBB\xBF";
  if (size >= 3 && memcmp(text, kMark, 3) == 0) {
    text += 3;
    size -= 3;
  }
  if (size == 0 || text[0] != '#') return Source{text, size};
  const void* const end = memchr(text, '\n', size);
  if (end == nullptr) return Source{text, 0};
  const size_t line = static_cast<const char*>(end) - text;
  return Source{text + line, size - line};  // the end stays: lines are counted
}

// Pushes the text of an open file, and closes it. False, and failure() set.
bool PushContents(lua_State* L, Stream* stream, absl::string_view name) {
  if (ReadRest(L, stream)) {
    fclose(stream->file);
    stream->file = nullptr;
    stream->closef = nullptr;
    return true;
  }
  StateOf(L).FailWith(errno, name);
  return false;
}

// Opens a file of code, decides whether it may be run, and pushes its text.
bool PushCode(lua_State* L, absl::string_view name) {
  GuardedState& state = StateOf(L);
  Stream* const stream = PushStream(L);
  const int fd = state.OpenCode(name);
  if (fd < 0) return false;
  if (!HoldDescriptor(stream, fd, "r")) {
    state.FailWith(errno, name);
    return false;
  }
  return state.EnforceCode(state.opened_name()) &&
         PushContents(L, stream, name);
}

// Pushes the function that the file's code is, or nil and a message, and says
// how many values that is. Raises nothing of its own.
int PushFunctionOf(lua_State* L, absl::string_view name, int env) {
  if (!PushCode(L, name)) return PushFailure(L, StateOf(L));
  size_t size = 0;
  const char* const text = lua_tolstring(L, -1, &size);
  Source source = CodeOf(text, size);
  lua_pushliteral(L, "@");
  lua_pushlstring(L, name.data(), name.size());
  lua_concat(L, 2);
  const int status = LoadText(L, &NextText, &source, lua_tostring(L, -1));
  return FinishLoad(L, status, env);
}

// The field of `package`, which is the second upvalue. A Lua error for what is
// no string.
absl::string_view PushPackageField(lua_State* L, const char* field) {
  lua_getfield(L, lua_upvalueindex(2), field);
  if (lua_type(L, -1) != LUA_TSTRING) {
    luaL_error(L, "'package.%s' must be a string", field);
  }
  return CheckText(L, lua_gettop(L));
}

// What a searcher's message begins with: LuaJIT's `require` adds nothing.
constexpr const char* kBeforeFirst = kIsLuaJit ? "\n\t" : "";

// Pushes the first file of `path` that may be read, or what was tried; says
// which.
bool PushFound(lua_State* L, const char* name, const char* path,
               const char* separator, const char* replacement) {
  GuardedState& state = StateOf(L);
  if (*separator != '\0') {
    name = luaL_gsub(L, name, separator, replacement);
  } else {
    lua_pushstring(L, name);
  }
  const int named = lua_gettop(L);
  lua_pushliteral(L, "");
  const char* before = kBeforeFirst;
  while (*path != '\0') {
    const char* const end = strchr(path, ';');
    const size_t size = end == nullptr ? strlen(path) : end - path;
    if (size > 0) {
      lua_pushlstring(L, path, size);
      luaL_gsub(L, lua_tostring(L, -1), "?", lua_tostring(L, named));
      lua_remove(L, -2);
      if (state.IsReadable(CheckText(L, -1))) return true;
      lua_pushfstring(L, "%sno file '%s'%s", before, lua_tostring(L, -1),
                      state.failure().denied ? " (denied)" : "");
      before = "\n\t";
      lua_remove(L, -2);
      lua_concat(L, 2);
    }
    path += end == nullptr ? size : size + 1;
  }
  return false;
}

// Raises what a function that failed was about to return: a denial, if there is
// one, else the message.
void RaiseResults(lua_State* L, int results) {
  if (results == 3) lua_pop(L, 1);
  lua_error(L);
}

void RaiseLoadError(lua_State* L, const char* module, int message) {
  luaL_error(L, "error loading module '%s':\n\t%s", module,
             lua_tostring(L, message));
}

// luaopen_a_b for the module a.b; what stands before a "-" does not count.
void PushOpenName(lua_State* L, const char* module) {
  const char* const mark = strchr(module, '-');
  luaL_gsub(L, mark == nullptr ? module : mark + 1, ".", "_");
  lua_pushfstring(L, "luaopen_%s", lua_tostring(L, -1));
  lua_remove(L, -2);
}

// Finds a library for `file`, and in it the function of `module`.
int PushNative(lua_State* L, const char* file, const char* module) {
  const absl::string_view path = PushPackageField(L, "cpath");
  if (!PushFound(L, file, path.data(), ".", "/")) return 1;
  const int found = lua_gettop(L);
  PushOpenName(L, module);
  lua_CFunction function = nullptr;
  const NativeResult result =
      FindNative(L, CheckText(L, found), lua_tostring(L, -1), &function);
  if (result == NativeResult::kFound) {
    lua_pushcfunction(L, function);
    lua_pushvalue(L, found);
    return 2;
  }
  // A library without the module: a searcher goes on.
  if (result == NativeResult::kNoFunction && file != module) {
    lua_pushfstring(L, "%sno module '%s' in file '%s'", kBeforeFirst, module,
                    lua_tostring(L, found));
    return 1;
  }
  RaiseLoadError(L, module, lua_gettop(L));
  return 0;
}

}  // namespace

// load(chunk [, name [, mode [, env]]]); LuaJIT's loadstring is the same.
int Load(lua_State* L) {
  GuardedState& state = StateOf(L);
  const bool has_env = !lua_isnone(L, 4);
  const bool is_text = lua_isstring(L, 1) != 0;
  if (!is_text) luaL_checktype(L, 1, LUA_TFUNCTION);
  const absl::string_view text =
      is_text ? CheckText(L, 1) : absl::string_view();
  const char* const name =
      luaL_optstring(L, 2, is_text ? text.data() : "=(load)");
  const char* const mode = luaL_optstring(L, 3, "bt");
  if (!state.EnforceWhole(POSTERN_CODE_EVAL)) {
    return PushFailure(L, state);
  }
  if (!WantsText(mode)) return PushOnlyText(L, mode);
  lua_settop(L, 5);
  Source source = {text.data(), text.size()};
  const int status = is_text ? LoadText(L, &NextText, &source, name)
                             : LoadText(L, &NextPiece, nullptr, name);
  return FinishLoad(L, status, has_env ? 4 : 0);
}

// loadfile(name [, mode [, env]]). Without a name Lua reads standard input,
// which is code from text.
int LoadFile(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    return luaL_error(L, "loadfile: standard input is no file of code here");
  }
  const absl::string_view name = CheckText(L, 1);
  const char* const mode = luaL_optstring(L, 2, "bt");
  if (!WantsText(mode)) return PushOnlyText(L, mode);
  return PushFunctionOf(L, name, lua_isnone(L, 3) ? 0 : 3);
}

namespace {

#if LUA_VERSION_NUM == 501
int CallChunk(lua_State* L) {
  lua_call(L, 0, LUA_MULTRET);
  return lua_gettop(L) - 1;
}
#else
int AfterChunk(lua_State* L, int, lua_KContext) { return lua_gettop(L) - 1; }
int CallChunk(lua_State* L) {
  lua_callk(L, 0, LUA_MULTRET, 0, &AfterChunk);
  return AfterChunk(L, 0, 0);
}
#endif

}  // namespace

int DoFile(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    return luaL_error(L, "dofile: standard input is no file of code here");
  }
  const absl::string_view name = CheckText(L, 1);
  lua_settop(L, 1);
  const int results = PushFunctionOf(L, name, 0);
  if (results > 1) RaiseResults(L, results);
  lua_replace(L, 2);
  lua_settop(L, 2);
  return CallChunk(L);
}

int SearchPath(lua_State* L) {
  const char* const name = luaL_checkstring(L, 1);
  const char* const path = luaL_checkstring(L, 2);
  const char* const separator = luaL_optstring(L, 3, ".");
  const char* const replacement = luaL_optstring(L, 4, "/");
  if (PushFound(L, name, path, separator, replacement)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

int SearchPreload(lua_State* L) {
  const char* const name = luaL_checkstring(L, 1);
  lua_getfield(L, lua_upvalueindex(2), "preload");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, name);
    if (!lua_isnil(L, -1)) {
      lua_pushliteral(L, ":preload:");
      return 2;
    }
  }
  lua_pushfstring(L, "%sno field package.preload['%s']", kBeforeFirst, name);
  return 1;
}

int SearchLuaFile(lua_State* L) {
  const char* const name = luaL_checkstring(L, 1);
  const absl::string_view path = PushPackageField(L, "path");
  if (!PushFound(L, name, path.data(), ".", "/")) return 1;
  const int found = lua_gettop(L);
  const int results = PushFunctionOf(L, CheckText(L, found), 0);
  if (results == 2) RaiseLoadError(L, name, lua_gettop(L));
  if (results > 2) RaiseResults(L, results);
  lua_pushvalue(L, found);
  return 2;
}

int SearchNative(lua_State* L) {
  const char* const name = luaL_checkstring(L, 1);
  return PushNative(L, name, name);
}

// The module a.b in the library of a.
int SearchNativeRoot(lua_State* L) {
  const char* const name = luaL_checkstring(L, 1);
  const char* const dot = strchr(name, '.');
  if (dot == nullptr) return 0;
  lua_pushlstring(L, name, dot - name);
  return PushNative(L, lua_tostring(L, -1), name);
}

// package.loadlib(file, name): nil, message and where it failed, as Lua's.
int LoadNative(lua_State* L) {
  const absl::string_view file = CheckText(L, 1);
  const char* const name = luaL_checkstring(L, 2);
  lua_CFunction function = nullptr;
  const NativeResult result = FindNative(L, file, name, &function);
  if (result == NativeResult::kFound) {
    if (function == nullptr) {
      lua_pushboolean(L, 1);
    } else {
      lua_pushcfunction(L, function);
    }
    return 1;
  }
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushstring(L, result == NativeResult::kNoFunction ? "init" : "open");
  return 3;
}

}  // namespace lua
}  // namespace postern
