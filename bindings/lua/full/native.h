#ifndef POSTERN_BINDINGS_LUA_FULL_NATIVE_H_
#define POSTERN_BINDINGS_LUA_FULL_NATIVE_H_

#include "bindings/lua/full/call.h"

namespace postern {
namespace lua {

enum class NativeResult : uint8_t { kFound, kNoLibrary, kNoFunction };

// Loads a library (fs.read of the file, and code.load of its canonical name),
// which stays, and finds a function in it; "*" makes its symbols known to other
// libraries, and finds none. The file that was decided is the one that is
// loaded. Unless kFound, pushes a message.
NativeResult FindNative(lua_State* L, absl::string_view file, const char* name,
                        lua_CFunction* function);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_NATIVE_H_
