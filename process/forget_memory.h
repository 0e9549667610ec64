#ifndef POSTERN_PROCESS_FORGET_MEMORY_H_
#define POSTERN_PROCESS_FORGET_MEMORY_H_

#include <cstdint>

namespace postern {
namespace process {

// The process after a fork(2) that will not execute a program gives back its
// copy of the parent's memory: what the parent changes would else be kept
// twice, for as long as the process lives, and its secrets with it.
//
// All private memory that is in no file becomes zeros, in pieces of at least
// 1 MiB: all of a big heap. 1 MiB on both sides of the stack pointer stays, and
// of what libc keeps for the calling thread. What the loader has is lost, so
// that functions must not be looked up later: -fno-plt. Async-signal-safe. Does
// nothing in builds with a sanitizer, which keep their own state there.
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
