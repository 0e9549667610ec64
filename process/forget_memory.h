#ifndef POSTERN_PROCESS_FORGET_MEMORY_H_
#define POSTERN_PROCESS_FORGET_MEMORY_H_

#include <cstdint>

namespace postern {
namespace process {

// The process after a fork(2) that will not execute a program gives back its
// copy of the parent's memory: what the parent changes would else be kept
// twice, for as long as the process lives, and its secrets with it.
//
// All private memory that is in no file becomes zeros, in regions of at least
// 1 MiB: all of a big heap. The stack of the calling thread stays, and what
// libc keeps for that thread. Async-signal-safe. Does nothing in builds with a
// sanitizer, which keep their own state there.
void ForgetMemory();

// One line of /proc/PID/maps (proc(5)).
struct MemoryRegion {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool forgettable = false;  // private, writable, in no file
};
// False if it is not such a line. Ends at NUL.
bool ParseMemoryRegion(const char* line, MemoryRegion* region);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_FORGET_MEMORY_H_
