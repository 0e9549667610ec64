#ifndef POSTERN_BINDINGS_LUA_FULL_STREAM_H_
#define POSTERN_BINDINGS_LUA_FULL_STREAM_H_

#include <cstdio>

#include "bindings/lua/full/call.h"

// File handles, as `io` gives them out. A handle holds a stream over a
// descriptor that the library opened: what it may be used for is what it was
// opened for, and the kernel holds that. A stream of a program holds the
// program as well.

namespace postern {
namespace lua {

// What a handle is made of. Begins as luaL_Stream of Lua 5.4 does, for C
// modules that a host adds.
struct Stream {
  FILE* file;            // null: closed
  lua_CFunction closef;  // null: closed
  postern_child* child;  // or null
  bool standard;         // of the process: the guest cannot close it
};

// Makes the handles' metatable. `box` is where PushNewState()'s value is.
void MakeStreamMetatable(lua_State* L, int box);

// Pushes a closed handle. To be made before what it is to hold: then nothing is
// lost should there be no memory.
Stream* PushStream(lua_State* L);
// Lets the handle hold `fd`, or closes that. False with errno.
bool HoldDescriptor(Stream* stream, int fd, const char* mode);

// The handle at `index`; a Lua error for anything else. Null if it is none.
Stream* CheckStream(lua_State* L, int index);
Stream* ToStream(lua_State* L, int index);
// The same, and an error if it is closed.
Stream* CheckOpen(lua_State* L, int index);
// Its stream, now: a finalizer of the guest's, which runs whenever memory is
// needed, may have closed it. A Lua error then.
FILE* OpenFile(lua_State* L, const Stream& stream);

// Closes, and pushes what the guest gets: true, or of a program how it ended.
int CloseStream(lua_State* L, Stream* stream);

// Reads by the formats from `first` to the top, and pushes what was read; nil
// for what could not be. Needs at least one or reads a line.
int ReadValues(lua_State* L, const Stream* stream, int first);
// Writes the arguments from `first` to `last`. The handle to return is at
// `self`.
int WriteValues(lua_State* L, const Stream* stream, int first, int last,
                int self);
// Pushes all that is left. False after an error of the file: errno says which.
bool ReadRest(lua_State* L, const Stream* stream);

// Pushes an iterator over the stream at `stream` with the formats from `first`
// to the top, which closes it at the end if `close`.
void PushLines(lua_State* L, int stream, int first, bool close);

// true, "exit" or "signal", and a number, as os.execute has them; LuaJIT's is
// the one number of wait(2).
int PushEnd(lua_State* L, const postern_child_event& event);
// Waits for a program to end, and frees it.
postern_child_event EndOf(postern_child* child);

// After a call of the system: true, or nil, message and number.
int PushSystem(lua_State* L, bool ok, int error);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_STREAM_H_
