#ifndef POSTERN_PROCESS_RLIMIT_METER_H_
#define POSTERN_PROCESS_RLIMIT_METER_H_

#include "process/cgroup_handles.h"
#include "process/child_steps.h"

namespace postern {
namespace process {

struct KeeperNews;

// Of limits that an rlimit holds, memory, processes and open files are met as
// an error of a system call: the kernel tells nobody but the program. What the
// keeper can do is look now and then how much the program has of them. All
// functions are async-signal-safe.

// Whether there is one of the three to look at; puts down in `news` what they
// are.
bool NoteRlimits(const ChildSteps& steps, KeeperNews* news);

// Raises what `news` has of them to what the program and all that it started
// have now: address space (its peak) and open files of one process, and all
// processes and threads together. What cannot be looked into counts as 0.
// `children` as VisitDescendants() takes it.
void LookAtRlimits(const CgroupHandles& cgroup, int children, KeeperNews* news);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_RLIMIT_METER_H_
