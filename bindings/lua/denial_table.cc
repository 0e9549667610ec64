#include "bindings/lua/denial_table.h"

#include <string>

namespace postern {
namespace lua {
namespace {

void SetText(lua_State* L, const char* field, const std::string& text) {
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, field);
}

void SetDetails(lua_State* L, const host::GuestDenial& denial) {
  SetText(L, "operation", denial.operation);
  SetText(L, "remedy", denial.remedy);
  if (denial.argument < 0) return;
  lua_pushinteger(L, denial.argument);
  lua_setfield(L, -2, "argument");
  SetText(L, "actual", denial.actual);
  lua_newtable(L);
  int i = 0;
  for (const std::string& value : denial.expected) {
    lua_pushlstring(L, value.data(), value.size());
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "expected");
}

}  // namespace

void PushDenialTable(lua_State* L, const host::GuestDenial& denial) {
  lua_newtable(L);
  SetText(L, "code", denial.code);
  SetText(L, "message", denial.message);
  SetText(L, "resource", denial.resource);
  if (!denial.permission.empty()) SetText(L, "permission", denial.permission);
  if (denial.full) SetDetails(L, denial);
}

}  // namespace lua
}  // namespace postern
