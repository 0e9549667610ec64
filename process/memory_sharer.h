#ifndef POSTERN_PROCESS_MEMORY_SHARER_H_
#define POSTERN_PROCESS_MEMORY_SHARER_H_

#include <sys/types.h>

namespace postern {
namespace process {

// Whether two processes have one memory (kcmp(2)). False where that is not
// known.
bool ShareMemory(pid_t one, pid_t other);

// A child of this process that shares its memory, though it is no thread, as a
// keeper may (StartOptions::shares_memory): what is done to all threads of this
// process is not done to it. -1: none is known. Not known are those of a kernel
// without /proc/PID/task/TID/children, or without kcmp(2), and children of
// children. Thread-safe.
pid_t FindMemorySharer();

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_MEMORY_SHARER_H_
