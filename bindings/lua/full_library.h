#ifndef POSTERN_BINDINGS_LUA_FULL_LIBRARY_H_
#define POSTERN_BINDINGS_LUA_FULL_LIBRARY_H_

/* Lua's whole standard library, guarded: for hosts in C or C++ whose guests are
 * to have `io`, `os` and `require` as they know them, for Lua 5.4 and LuaJIT
 * (docs/lua.md#the-full-library). What touches files, processes, the
 * environment or code is decided by a context and done by the library; what has
 * no row in the table (bindings/lua/full/entries.cc) is not there.
 *
 * The state is the guest's whole: do not put anything into it that the guest
 * shall not have, and open no other library. Not bounded here: time and memory;
 * lua_app.h is for guests under limits. */

#ifdef __cplusplus
#include <lua.hpp>
#else
#include <lua.h>
#endif

#include "bindings/c/postern.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /* Denials say what would have passed, and what would allow it. */
  POSTERN_LUA_FULL_DENIALS = 1,
  /* The guest has no standard input, output and error of the process: `print`
   * is an error. */
  POSTERN_LUA_NO_STANDARD_STREAMS = 2
};

/* Handles are borrowed until lua_close(); bytes only for the call. */
typedef struct postern_lua_options {
  size_t struct_size;
  postern_context* context;   /* decides; not null */
  const postern_files* files; /* of that context; null: every file is denied */
  const postern_launcher* launcher; /* likewise for programs */
  /* The folder of the guest's own code: `require`, `loadfile` and `dofile` need
   * fs.read there, and code.import as well elsewhere. "" = nowhere. */
  postern_bytes code_directory;
  /* Where os.tmpname and io.tmpfile make files; "" = "/tmp". */
  postern_bytes temporary_directory;
  /* What package.path and package.cpath are; "" for no place. The variables
   * LUA_PATH and LUA_CPATH do not count. */
  postern_bytes package_path;
  postern_bytes package_cpath;
  int64_t ask_timeout_ns; /* how long a person may think; 0 = without end */
  uint32_t flags;         /* POSTERN_LUA_... */
  uint32_t reserved;      /* 0 */
} postern_lua_options;

/* Fills a state that luaL_newstate() or lua_newstate() has just made, and in
 * which no library was opened: FAILED_PRECONDITION otherwise, as what is open
 * cannot be guarded any more. RESOURCE_EXHAUSTED without memory. After an error
 * the state is good for lua_close() only, and `*problem`, which may be null,
 * says why; static. Coroutines have the same rights. Another state gets them by
 * another call with the same context, whose drops count in both. One thread at
 * a time may use a state. */
postern_status postern_lua_open(lua_State* L,
                                const postern_lua_options* options,
                                const char** problem);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_LUA_FULL_LIBRARY_H_ */
