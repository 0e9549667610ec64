#ifndef POSTERN_PROCESS_THREAD_AREA_H_
#define POSTERN_PROCESS_THREAD_AREA_H_

#include <cstddef>

namespace postern {
namespace process {

// What a process needs of thread-local storage that shares its memory with a
// parent who goes on: an errno of its own, and a canary for the stack. Nothing
// else that is thread-local may be touched: no allocation, no locale, no lock.
//
// x86-64 with glibc: the thread pointer, its head (sysdeps/x86_64/nptl/tls.h)
// and the variables below it (the ABI's variant II of thread-local storage).
constexpr size_t kThreadAreaSize = 16 << 10;

// Makes one in `memory`, kThreadAreaSize bytes of zeros, aligned to 64. Returns
// the thread pointer; null if this system keeps errno elsewhere.
// Async-signal-safe.
void* MakeThreadArea(char* memory);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_THREAD_AREA_H_
