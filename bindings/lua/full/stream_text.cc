// What handles read and write, as the manual of Lua says (file:read,
// file:lines, file:write).

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cctype>

#include "bindings/lua/full/stream.h"

namespace postern {
namespace lua {
namespace {

// Of io.lines; what fits on a stack with room for one read.
constexpr int kMostFormats = 250;

// A line, with its end if `keep`. False at the end of the file.
bool ReadLine(lua_State* L, const Stream* stream, bool keep) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  int c = 0;
  while (c != EOF && c != '\n') {
    char* const room = luaL_prepbuffer(&buffer);
    size_t size = 0;
    // Nothing of Lua is called, and nothing can raise, while it is locked.
    FILE* const file = OpenFile(L, *stream);
    flockfile(file);
    while (size < LUAL_BUFFERSIZE && (c = getc_unlocked(file)) != EOF &&
           c != '\n') {
      room[size++] = static_cast<char>(c);
    }
    funlockfile(file);
    luaL_addsize(&buffer, size);
  }
  if (keep && c == '\n') luaL_addchar(&buffer, '\n');
  luaL_pushresult(&buffer);
  return c == '\n' || RawLength(L, -1) > 0;
}

// At most `most` bytes. False if there are none at all.
bool ReadBytes(lua_State* L, const Stream* stream, size_t most) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  size_t total = 0;
  while (total < most) {
    const size_t left = most - total;
    const size_t want = left < LUAL_BUFFERSIZE ? left : LUAL_BUFFERSIZE;
    char* const room = luaL_prepbuffer(&buffer);
    const size_t size = fread(room, 1, want, OpenFile(L, *stream));
    luaL_addsize(&buffer, size);
    total += size;
    if (size < want) break;
  }
  luaL_pushresult(&buffer);
  return total > 0;
}

// read(0): is there anything left?
bool ReadNothing(lua_State* L, const Stream* stream) {
  FILE* const file = OpenFile(L, *stream);
  const int c = getc(file);
  ungetc(c, file);
  lua_pushliteral(L, "");
  return c != EOF;
}

// The longest beginning of what is next that a numeral could have: at most 200
// bytes, as the manual has it.
class NumeralReader {
 public:
  explicit NumeralReader(FILE* file) : file_(file), c_(getc(file)) {}

  void Read() {
    while (isspace(c_)) c_ = getc(file_);
    Take("+-");
    bool hex = false;
    int digits = 0;
    if (Take("0")) {
      hex = Take("xX");
      digits = hex ? 0 : 1;
    }
    digits += TakeDigits(hex);
    if (Take(".")) digits += TakeDigits(hex);
    if (digits > 0 && Take(hex ? "pP" : "eE")) {
      Take("+-");
      TakeDigits(false);
    }
    ungetc(c_, file_);
    text_[size_] = '\0';
  }
  const char* text() const { return text_; }

 private:
  static constexpr int kMost = 200;

  bool Take(const char* any) {
    if (c_ == EOF || c_ == '\0' || strchr(any, c_) == nullptr) return false;
    if (size_ >= kMost) {
      size_ = 0;  // no numeral: it is too long
      full_ = true;
    }
    if (full_) return false;
    text_[size_++] = static_cast<char>(c_);
    c_ = getc(file_);
    return true;
  }
  int TakeDigits(bool hex) {
    int count = 0;
    while (Take(hex ? "0123456789abcdefABCDEF" : "0123456789")) ++count;
    return count;
  }

  FILE* const file_;
  int c_;
  int size_ = 0;
  bool full_ = false;
  char text_[kMost + 1];
};

bool ReadNumber(lua_State* L, const Stream* stream) {
  NumeralReader reader(OpenFile(L, *stream));
  reader.Read();
#if LUA_VERSION_NUM >= 504
  if (lua_stringtonumber(L, reader.text()) != 0) return true;
#else
  lua_pushstring(L, reader.text());
  if (lua_isnumber(L, -1)) {
    lua_pushnumber(L, lua_tonumber(L, -1));
    lua_remove(L, -2);
    return true;
  }
  lua_pop(L, 1);
#endif
  lua_pushnil(L);
  return false;
}

// One value by the format at `index`.
bool ReadOne(lua_State* L, const Stream* stream, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    const lua_Number count = lua_tonumber(L, index);
    luaL_argcheck(L, count >= 0 && count <= 2147483647, index, "out of range");
    return count < 1 ? ReadNothing(L, stream)
                     : ReadBytes(L, stream, static_cast<size_t>(count));
  }
  const char* format = luaL_checkstring(L, index);
  if (*format == '*') ++format;
  switch (*format) {
    case 'n':
      return ReadNumber(L, stream);
    case 'l':
      return ReadLine(L, stream, false);
    case 'L':
      return ReadLine(L, stream, true);
    case 'a':
      ReadRest(L, stream);
      return true;
  }
  luaL_argerror(L, index, "invalid format");
  return false;
}

// Upvalues: the box, the handle, whether to close it, how many formats, and
// those.
int NextLine(lua_State* L) {
  (void)StateOf(L);
  Stream* const stream =
      static_cast<Stream*>(lua_touserdata(L, lua_upvalueindex(2)));
  if (stream->file == nullptr) return luaL_error(L, "file is already closed");
  const int count = static_cast<int>(lua_tointeger(L, lua_upvalueindex(4)));
  lua_settop(L, 1);
  luaL_checkstack(L, count, "too many arguments");
  for (int i = 1; i <= count; ++i) lua_pushvalue(L, lua_upvalueindex(4 + i));
  const int results = ReadValues(L, stream, 2);
  if (lua_toboolean(L, -results)) return results;
  // With more than nil, there is a message of an error.
  if (results > 1) return luaL_error(L, "%s", lua_tostring(L, -results + 1));
  if (lua_toboolean(L, lua_upvalueindex(3)) && stream->file != nullptr) {
    lua_settop(L, 0);
    (void)CloseStream(L, stream);
  }
  return 0;
}

}  // namespace

bool ReadRest(lua_State* L, const Stream* stream) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  size_t size = 0;
  do {
    char* const room = luaL_prepbuffer(&buffer);
    size = fread(room, 1, LUAL_BUFFERSIZE, OpenFile(L, *stream));
    luaL_addsize(&buffer, size);
  } while (size == LUAL_BUFFERSIZE);
  const bool ok = ferror(OpenFile(L, *stream)) == 0;
  const int error = errno;
  luaL_pushresult(&buffer);
  errno = error;
  return ok;
}

int ReadValues(lua_State* L, const Stream* stream, int first) {
  const int last = lua_gettop(L);
  clearerr(OpenFile(L, *stream));
  errno = 0;
  bool ok = true;
  int count = 0;
  if (last < first) {
    ok = ReadLine(L, stream, false);
    count = 1;
  }
  luaL_checkstack(L, last - first + LUA_MINSTACK + 1, "too many arguments");
  for (int i = first; i <= last && ok; ++i, ++count) ok = ReadOne(L, stream, i);
  const int error = errno;
  if (ferror(OpenFile(L, *stream)) != 0) return PushSystem(L, false, error);
  if (!ok) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  return count;
}

int WriteValues(lua_State* L, const Stream* stream, int first, int last,
                int self) {
  bool ok = true;
  errno = 0;
  for (int i = first; i <= last; ++i) {
    if (lua_type(L, i) == LUA_TNUMBER && !IsInteger(L, i)) {
      FILE* const file = OpenFile(L, *stream);
      ok = fprintf(file, LUA_NUMBER_FMT, lua_tonumber(L, i)) > 0 && ok;
      continue;
    }
    const absl::string_view text = CheckText(L, i);
    FILE* const file = OpenFile(L, *stream);
    ok = fwrite(text.data(), 1, text.size(), file) == text.size() && ok;
  }
  if (!ok || kIsLuaJit) return PushSystem(L, ok, errno);
  lua_pushvalue(L, self);
  return 1;
}

void PushLines(lua_State* L, int stream, int first, bool close) {
  const int count = lua_gettop(L) - first + 1;
  luaL_argcheck(L, count <= kMostFormats, kMostFormats, "too many arguments");
  luaL_checkstack(L, count + 5, "too many arguments");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, stream);
  lua_pushboolean(L, close);
  lua_pushinteger(L, count < 0 ? 0 : count);
  for (int i = 0; i < count; ++i) lua_pushvalue(L, first + i);
  lua_pushcclosure(L, &NextLine, 4 + (count < 0 ? 0 : count));
}

}  // namespace lua
}  // namespace postern
