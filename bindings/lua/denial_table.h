#ifndef POSTERN_BINDINGS_LUA_DENIAL_TABLE_H_
#define POSTERN_BINDINGS_LUA_DENIAL_TABLE_H_

#include <lua.hpp>

#include "bindings/host/denial.h"

namespace postern {
namespace lua {

// Pushes a table with the fields of a denial, as guests of either library are
// told of it; the caller gives it a metatable. Takes five slots of the stack
// meanwhile. Raises Lua's errors of memory, and then leaves nothing of ours.
void PushDenialTable(lua_State* L, const host::GuestDenial& denial);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_DENIAL_TABLE_H_
