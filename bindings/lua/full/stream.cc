#include "bindings/lua/full/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "absl/strings/string_view.h"

namespace postern {
namespace lua {
namespace {

// What makes an open handle of our `closef`: C modules look whether it is null.
int CloseOther(lua_State* L) { return luaL_error(L, "close it by its method"); }

int Close(lua_State* L) { return CloseStream(L, CheckOpen(L, 1)); }

// For the collector, and for `local f <close>`.
int Finish(lua_State* L) {
  Stream* const stream = ToStream(L, 1);
  if (stream == nullptr || stream->file == nullptr || stream->standard) {
    return 0;
  }
  fclose(stream->file);
  stream->file = nullptr;
  stream->closef = nullptr;
  // Nobody waits for it any more: it is ended.
  postern_child_free(stream->child);
  stream->child = nullptr;
  return 0;
}

int ToString(lua_State* L) {
  const Stream* const stream = CheckStream(L, 1);
  if (stream->file == nullptr) {
    lua_pushliteral(L, "file (closed)");
  } else {
    lua_pushfstring(L, "file (%p)", static_cast<const void*>(stream->file));
  }
  return 1;
}

int Read(lua_State* L) { return ReadValues(L, CheckOpen(L, 1), 2); }

int Write(lua_State* L) {
  return WriteValues(L, CheckOpen(L, 1), 2, lua_gettop(L), 1);
}

int Flush(lua_State* L) {
  const bool ok = fflush(CheckOpen(L, 1)->file) == 0;
  return PushSystem(L, ok, errno);
}

int Seek(lua_State* L) {
  static const char* const kNames[] = {"set", "cur", "end", nullptr};
  static const int kWhence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  FILE* const file = CheckOpen(L, 1)->file;
  const int whence = kWhence[luaL_checkoption(L, 2, "cur", kNames)];
  // LuaJIT's integers are 32 bits in this interface, its numbers have 53.
  const lua_Number offset = luaL_optnumber(L, 3, 0);
  const off_t position = static_cast<off_t>(offset);
  luaL_argcheck(L,
                offset >= -9.0e18 && offset <= 9.0e18 &&
                    static_cast<lua_Number>(position) == offset,
                3, "not an integer in proper range");
  if (fseeko(file, position, whence) != 0) return PushSystem(L, false, errno);
  const off_t now = ftello(file);
#if LUA_VERSION_NUM == 501
  lua_pushnumber(L, static_cast<lua_Number>(now));
#else
  lua_pushinteger(L, now);
#endif
  return 1;
}

int SetBuffer(lua_State* L) {
  static const char* const kNames[] = {"no", "full", "line", nullptr};
  static const int kModes[] = {_IONBF, _IOFBF, _IOLBF};
  const Stream* const stream = CheckOpen(L, 1);
  const int mode = kModes[luaL_checkoption(L, 2, nullptr, kNames)];
  const lua_Integer size = luaL_optinteger(L, 3, BUFSIZ);
  luaL_argcheck(L, size >= 0 && size <= (1 << 24), 3, "out of range");
  const bool ok = setvbuf(OpenFile(L, *stream), nullptr, mode,
                          static_cast<size_t>(size)) == 0;
  return PushSystem(L, ok, errno);
}

int Lines(lua_State* L) {
  CheckOpen(L, 1);
  PushLines(L, 1, 2, false);
  return 1;
}

constexpr luaL_Reg kMethods[] = {
    {"close", &Close}, {"flush", &Flush},  {"lines", &Lines},
    {"read", &Read},   {"seek", &Seek},    {"setvbuf", &SetBuffer},
    {"write", &Write}, {nullptr, nullptr},
};

constexpr luaL_Reg kMetamethods[] = {
    {"__gc", &Finish},
    {"__tostring", &ToString},
#if LUA_VERSION_NUM >= 504
    {"__close", &Finish},
#endif
    {nullptr, nullptr},
};

void SetAll(lua_State* L, int box, const luaL_Reg* functions) {
  for (; functions->name != nullptr; ++functions) {
    PushGuarded(L, box, functions->func);
    lua_setfield(L, -2, functions->name);
  }
}

}  // namespace

void MakeStreamMetatable(lua_State* L, int box) {
  luaL_newmetatable(L, LUA_FILEHANDLE);
  SetAll(L, box, kMetamethods);
  lua_newtable(L);
  SetAll(L, box, kMethods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

Stream* PushStream(lua_State* L) {
  Stream* const stream =
      static_cast<Stream*>(lua_newuserdata(L, sizeof(Stream)));
  *stream = Stream{nullptr, nullptr, nullptr, false};
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_setmetatable(L, -2);
  return stream;
}

bool HoldDescriptor(Stream* stream, int fd, const char* mode) {
  stream->file = fdopen(fd, mode);
  if (stream->file == nullptr) {
    const int error = errno;
    close(fd);
    errno = error;
    return false;
  }
  stream->closef = &CloseOther;
  return true;
}

// A module in C that a host adds may make handles of its own by this name, and
// they are smaller.
Stream* ToStream(lua_State* L, int index) {
  void* const found = luaL_testudata(L, index, LUA_FILEHANDLE);
  if (found == nullptr || RawLength(L, index) != sizeof(Stream)) return nullptr;
  return static_cast<Stream*>(found);
}

Stream* CheckStream(lua_State* L, int index) {
  luaL_checkudata(L, index, LUA_FILEHANDLE);
  Stream* const stream = ToStream(L, index);
  if (stream == nullptr) luaL_argerror(L, index, "a file of another library");
  return stream;
}

FILE* OpenFile(lua_State* L, const Stream& stream) {
  if (stream.file == nullptr) luaL_error(L, "attempt to use a closed file");
  return stream.file;
}

Stream* CheckOpen(lua_State* L, int index) {
  Stream* const stream = CheckStream(L, index);
  (void)OpenFile(L, *stream);
  return stream;
}

postern_child_event EndOf(postern_child* child) {
  postern_child_event event = {};
  event.struct_size = sizeof(event);
  (void)postern_child_wait(child, INT64_MAX, &event, nullptr);
  postern_child_free(child);
  return event;
}

int PushEnd(lua_State* L, const postern_child_event& event) {
  const bool ended = event.state == POSTERN_CHILD_ENDED;
  const int code = event.end_signal != 0 ? event.end_signal : event.exit_status;
#if LUA_VERSION_NUM == 501
  const int status = event.end_signal != 0 ? code : code << 8;
  lua_pushinteger(L, ended ? status : -1);
  return 1;
#else
  if (ended && event.end_signal == 0 && code == 0) {
    lua_pushboolean(L, 1);
  } else {
    lua_pushnil(L);
  }
  lua_pushstring(L, event.end_signal != 0 ? "signal" : "exit");
  lua_pushinteger(L, ended ? code : 1);
  return 3;
#endif
}

int CloseStream(lua_State* L, Stream* stream) {
  if (stream->standard) {
    lua_pushnil(L);
    lua_pushliteral(L, "cannot close standard file");
    return 2;
  }
  const bool ok = fclose(stream->file) == 0;
  const int error = errno;
  stream->file = nullptr;
  stream->closef = nullptr;
  if (stream->child == nullptr) return PushSystem(L, ok, error);
  const postern_child_event event = EndOf(stream->child);
  stream->child = nullptr;
  if (kIsLuaJit) {
    lua_pushboolean(L, event.state == POSTERN_CHILD_ENDED);
    return 1;
  }
  return PushEnd(L, event);
}

int PushSystem(lua_State* L, bool ok, int error) {
  if (ok) {
    lua_pushboolean(L, 1);
    return 1;
  }
  char room[128];
  lua_pushnil(L);
  lua_pushstring(L, strerror_r(error, room, sizeof(room)));
  lua_pushinteger(L, error);
  return 3;
}

}  // namespace lua
}  // namespace postern
