#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bindings/lua/full/call.h"
#include "bindings/lua/full/functions.h"
#include "bindings/lua/full/stream.h"

namespace postern {
namespace lua {
namespace {

// Keys in the registry of the default streams.
constexpr char kInput = 0;
constexpr char kOutput = 0;

// What a mode of io.open means: "r", "w" or "a", then perhaps "+", then perhaps
// "b". False for anything else.
bool ReadMode(absl::string_view mode, uint32_t* flags) {
  if (mode.empty()) return false;
  size_t next = 1;
  const bool both = mode.size() > next && mode[next] == '+';
  if (both) ++next;
  if (mode.size() > next && mode[next] == 'b') ++next;
  if (next != mode.size()) return false;
  switch (mode[0]) {
    case 'r':
      *flags =
          both ? POSTERN_OPEN_READ | POSTERN_OPEN_WRITE : POSTERN_OPEN_READ;
      return true;
    case 'w':
      *flags = POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE | POSTERN_OPEN_TRUNCATE;
      break;
    case 'a':
      *flags = POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE | POSTERN_OPEN_APPEND;
      break;
    default:
      return false;
  }
  if (both) *flags |= POSTERN_OPEN_READ;
  return true;
}

// Pushes a handle of the file. Null, and the state's failure() set, if it
// cannot be had.
Stream* OpenNamed(lua_State* L, absl::string_view name, const char* mode) {
  GuardedState& state = StateOf(L);
  uint32_t flags = 0;
  luaL_argcheck(L, ReadMode(mode, &flags), 2, "invalid mode");
  Stream* const stream = PushStream(L);
  const int fd = state.Open(name, flags);
  if (fd < 0) return nullptr;
  if (HoldDescriptor(stream, fd, mode)) return stream;
  state.FailWith(errno, name);
  return nullptr;
}

// A default stream, on top of the stack.
Stream* PushDefault(lua_State* L, const void* key) {
  PushHidden(L, key);
  Stream* const stream = ToStream(L, -1);
  if (stream == nullptr || stream->file == nullptr) {
    luaL_error(L, "default %s file is closed",
               key == &kInput ? "input" : "output");
  }
  return stream;
}

// io.input and io.output.
int Default(lua_State* L, const void* key, const char* mode) {
  if (!lua_isnoneornil(L, 1)) {
    if (lua_type(L, 1) == LUA_TSTRING) {
      if (OpenNamed(L, CheckText(L, 1), mode) == nullptr) {
        RaiseFailure(L, StateOf(L));
      }
    } else {
      CheckStream(L, 1);
      lua_pushvalue(L, 1);
    }
    SetHidden(L, key);
  }
  PushHidden(L, key);
  return 1;
}

void AddStandard(lua_State* L, FILE* file, const char* name, const void* key) {
  Stream* const stream = PushStream(L);
  stream->standard = true;
  stream->file = file;
  stream->closef = &IoClose;  // not null: open
  if (key != nullptr) {
    lua_pushvalue(L, -1);
    SetHidden(L, key);
  }
  lua_setfield(L, -2, name);
}

}  // namespace

void AddStandardStreams(lua_State* L) {
  AddStandard(L, stdin, "stdin", &kInput);
  AddStandard(L, stdout, "stdout", &kOutput);
  AddStandard(L, stderr, "stderr", nullptr);
}

int Print(lua_State* L) {
  if (!StateOf(L).has_streams()) {
    return luaL_error(L, "print: there is no standard output");
  }
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
#if LUA_VERSION_NUM == 501
    lua_getglobal(L, "tostring");
    lua_pushvalue(L, i);
    lua_call(L, 1, 1);
    size_t size = 0;
    const char* const text = lua_tolstring(L, -1, &size);
    if (text == nullptr) {
      return luaL_error(L, "'tostring' must return a string to 'print'");
    }
#else
    size_t size = 0;
    const char* const text = luaL_tolstring(L, i, &size);
#endif
    if (i > 1) fputc('\t', stdout);
    fwrite(text, 1, size, stdout);
    lua_pop(L, 1);
  }
  fputc('\n', stdout);
  fflush(stdout);
  return 0;
}

int IoOpen(lua_State* L) {
  const absl::string_view name = CheckText(L, 1);
  const char* const mode = luaL_optstring(L, 2, "r");
  if (OpenNamed(L, name, mode) != nullptr) return 1;
  return PushFailure(L, StateOf(L));
}

int IoLines(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    if (lua_isnone(L, 1)) lua_pushnil(L);
    PushDefault(L, &kInput);
    lua_replace(L, 1);
    PushLines(L, 1, 2, false);
    return 1;
  }
  if (OpenNamed(L, CheckText(L, 1), "r") == nullptr) {
    RaiseFailure(L, StateOf(L));
  }
  lua_replace(L, 1);
  PushLines(L, 1, 2, true);
  if (kIsLuaJit) return 1;
  // What a loop of Lua 5.4 closes when it is left.
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, 1);
  return 4;
}

int IoInput(lua_State* L) { return Default(L, &kInput, "r"); }
int IoOutput(lua_State* L) { return Default(L, &kOutput, "w"); }

int IoClose(lua_State* L) {
  if (lua_isnone(L, 1)) {
    PushDefault(L, &kOutput);
  }
  return CloseStream(L, CheckOpen(L, 1));
}

int IoFlush(lua_State* L) {
  const Stream* const stream = PushDefault(L, &kOutput);
  const bool ok = fflush(stream->file) == 0;
  return PushSystem(L, ok, errno);
}

int IoRead(lua_State* L) {
  PushDefault(L, &kInput);
  lua_insert(L, 1);  // kept where it cannot be collected
  return ReadValues(L, ToStream(L, 1), 2);
}

int IoWrite(lua_State* L) {
  const Stream* const stream = PushDefault(L, &kOutput);
  lua_insert(L, 1);
  return WriteValues(L, stream, 2, lua_gettop(L), 1);
}

int IoType(lua_State* L) {
  luaL_checkany(L, 1);
  const Stream* const stream = ToStream(L, 1);
  if (stream == nullptr) {
    lua_pushnil(L);
  } else {
    lua_pushstring(L, stream->file == nullptr ? "closed file" : "file");
  }
  return 1;
}

int IoTmpfile(lua_State* L) {
  GuardedState& state = StateOf(L);
  Stream* const stream = PushStream(L);
  const int fd = state.CreateTemporary();
  if (fd < 0) return PushFailure(L, state);
  const bool held = HoldDescriptor(stream, fd, "w+");
  const int error = errno;
  // It is gone once it is closed, as it has no name from now on.
  if (!state.Remove(state.text())) return PushFailure(L, state);
  return held ? 1 : PushSystem(L, false, error);
}

int IoPopen(lua_State* L) {
  const absl::string_view command = CheckText(L, 1);
  const char* const mode = luaL_optstring(L, 2, "r");
  luaL_argcheck(L, strcmp(mode, "r") == 0 || strcmp(mode, "w") == 0, 2,
                "invalid mode");
  GuardedState& state = StateOf(L);
  Stream* const stream = PushStream(L);
  if (state.has_streams()) fflush(stdout);
  StartedProgram started;
  const PipeEnd end = mode[0] == 'r' ? PipeEnd::kRead : PipeEnd::kWrite;
  if (!state.StartShell(command, end, &started)) {
    return PushFailure(L, state);
  }
  stream->child = started.child;
  if (HoldDescriptor(stream, started.pipe, mode)) return 1;
  const int error = errno;
  postern_child_free(stream->child);
  stream->child = nullptr;
  return PushSystem(L, false, error);
}

}  // namespace lua
}  // namespace postern
