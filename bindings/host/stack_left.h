#ifndef POSTERN_BINDINGS_HOST_STACK_LEFT_H_
#define POSTERN_BINDINGS_HOST_STACK_LEFT_H_

#include <cstddef>

namespace postern {
namespace host {

// What the calling thread's stack has left, in bytes; 0 if that cannot be found
// out, as on a stack that is not the thread's own. For every thread.
size_t StackLeft();
// The same of the main thread, without procfs: at most 64 MiB, and within a few
// pages. 0 in other threads.
size_t MainStackLeft();

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_STACK_LEFT_H_
