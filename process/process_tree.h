#ifndef POSTERN_PROCESS_PROCESS_TREE_H_
#define POSTERN_PROCESS_PROCESS_TREE_H_

#include <sys/types.h>

namespace postern {
namespace process {

// Calls `visit(pid, argument)` for each child of this process that its main
// thread has, adopted ones too (PR_SET_CHILD_SUBREAPER). `children` is what
// OpenChildren() gave. Async-signal-safe.
void VisitChildren(int children, void (*visit)(pid_t, void*), void* argument);

// The same for all descendants. Misses those of other threads than a process's
// first.
void VisitDescendants(int children, void (*visit)(pid_t, void*),
                      void* argument);

// Opens the list of this process's children (proc(5),
// /proc/PID/task/TID/children); -1 if there is none.
int OpenChildren();

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_PROCESS_TREE_H_
