#ifndef POSTERN_BINDINGS_LUA_FULL_ENTRIES_H_
#define POSTERN_BINDINGS_LUA_FULL_ENTRIES_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "bindings/lua/full/lua_api.h"

namespace postern {
namespace lua {

// What becomes of a name of Lua's standard library.
enum class EntryKind : uint8_t {
  kPure,     // the interpreter's own: it touches nothing outside the state
  kGuarded,  // ours: decided, and done by the library
  kDebug,    // the interpreter's own, for those who have debug.attach
  kRefused,  // ours: an error that says so; what is no function is not there
};

// A row of the operations table.
struct Entry {
  const char* library;  // "io"; "_G" for the basic functions
  const char* name;     // "open"
  EntryKind kind;
  lua_CFunction function;  // of kGuarded; null for what is no function
};

// All rows of this Lua. What has no row is not there.
const Entry* Entries(size_t* count);

// Null if there is none.
const Entry* FindEntry(absl::string_view library, absl::string_view name);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_ENTRIES_H_
