#include <cctype>
#include <cstring>

#include "bindings/lua/guest_library.h"
#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {
namespace {

constexpr size_t kLongestName = 200;

// A path in the app's directory. Plain data: Lua errors jump over it.
struct FileName {
  char text[kLongestName + 16];
};

// Dotted words of letters, digits, "_" and "-": no name of one leads out of a
// directory.
bool IsModuleName(const char* name, size_t size) {
  if (size == 0 || size > kLongestName) return false;
  char before = '.';
  for (size_t i = 0; i < size; ++i) {
    const char c = name[i];
    const bool word =
        std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    if (!word && (c != '.' || before == '.')) return false;
    before = c;
  }
  return before != '.';
}

void MakeFileName(const char* module, const char* suffix, FileName* file) {
  char* to = file->text;
  for (; *module != '\0'; ++module) *to++ = *module == '.' ? '/' : *module;
  std::strcpy(to, suffix);
}

// Runs a file of the app and leaves its value on the stack; false if there is
// no such file.
bool RunModuleFile(lua_State* L, const char* module, const char* suffix) {
  GuestState* const guest = GuestState::Of(L);
  FileName file;
  MakeFileName(module, suffix, &file);
  bool missing = false;
  if (!guest->ReadSource(file.text, &missing)) {
    if (missing) return false;
    lua_pushlstring(L, guest->text().data(), guest->text().size());
    lua_error(L);
  }
  Spend(L, 100 + guest->source().size() * 4);
  const char* const name = lua_pushfstring(L, "@%s", file.text);
  if (luaL_loadbufferx(L, guest->source().data(), guest->source().size(), name,
                       "t") != LUA_OK) {
    lua_error(L);
  }
  guest->modules()->FileLoaded(file.text);
  lua_pushvalue(L, 1);
  lua_pushstring(L, file.text);
  lua_call(L, 2, 1);
  return true;
}

// require(name): a Lua file of the app, else a plugin. Its upvalue holds what
// was loaded; a module that is being loaded is there as a light userdata.
int Require(lua_State* L) {
  size_t size = 0;
  const char* const name = luaL_checklstring(L, 1, &size);
  lua_settop(L, 1);
  Spend(L, 200);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
    if (!lua_islightuserdata(L, -1)) return 1;
    return luaL_error(L, "loop or previous error loading module '%s'", name);
  }
  if (!IsModuleName(name, size)) {
    return luaL_error(L, "invalid module name '%s'", name);
  }
  lua_pushvalue(L, 1);
  lua_pushlightuserdata(L, GuestState::Of(L));
  lua_rawset(L, lua_upvalueindex(1));
  const bool is_file =
      RunModuleFile(L, name, ".lua") || RunModuleFile(L, name, "/init.lua");
  if (!is_file) {
    // May be granted at another time: not remembered unless it succeeds.
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    lua_rawset(L, lua_upvalueindex(1));
    GuestState::Of(L)->modules()->Push(L, name);
  }
  if (lua_isnil(L, -1)) lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, lua_upvalueindex(1));
  return 1;
}

}  // namespace

void AddRequire(lua_State* L) {
  lua_newtable(L);
  lua_pushcclosure(L, &Require, 1);
  lua_setfield(L, -2, "require");
}

}  // namespace lua
}  // namespace postern
