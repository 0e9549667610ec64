#include "bindings/lua/full/native.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace postern {
namespace lua {
namespace {

// Loads what `fd` is. The loader knows libraries by the name that they were
// loaded by, so that of a library that is loaded stays taken: the descriptor is
// not closed.
void* LoadDescriptor(int fd, bool global) {
  char name[32];
  snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
  return dlopen(name, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
}

NativeResult Fail(lua_State* L, NativeResult result) {
  const char* const message = dlerror();
  lua_pushstring(L, message == nullptr ? "cannot be loaded" : message);
  return result;
}

}  // namespace

NativeResult FindNative(lua_State* L, absl::string_view file, const char* name,
                        lua_CFunction* function) {
  GuardedState& state = StateOf(L);
  const int fd = state.IsFileOfCode(file) ? state.OpenCode(file) : -1;
  if (fd < 0 || !state.EnforceNative(state.opened_name())) {
    if (fd >= 0) close(fd);
    PushFailureMessage(L, state);
    return NativeResult::kNoLibrary;
  }
  const bool global = strcmp(name, "*") == 0;
  void* const library = LoadDescriptor(fd, global);
  if (library == nullptr) {
    close(fd);
    return Fail(L, NativeResult::kNoLibrary);
  }
  if (global) return NativeResult::kFound;
  // POSIX wants this conversion to work (dlsym(3)).
  void* const symbol = dlsym(library, name);
  if (symbol == nullptr) return Fail(L, NativeResult::kNoFunction);
  memcpy(function, &symbol, sizeof(symbol));
  return NativeResult::kFound;
}

}  // namespace lua
}  // namespace postern
