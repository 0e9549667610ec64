#ifndef POSTERN_PROCESS_CGROUP_HANDLES_H_
#define POSTERN_PROCESS_CGROUP_HANDLES_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace postern {
namespace process {

// One cgroup in all hierarchies that it was made in, by open descriptors: what
// a process can use after a fork. All functions are async-signal-safe; -1 is a
// file that there is not.
struct CgroupHandles {
  static constexpr int kMaxGroups = 6;
  // In one hierarchy.
  struct Group {
    int parent = -1;  // the directory above
    int directory = -1;
    int members = -1;  // cgroup.procs, to read and write
  };
  Group groups[kMaxGroups];
  int count = 0;
  char name[64] = "";  // of each directory

  int unified = -1;         // directory of that in v2: for clone3(2)
  int kill = -1;            // cgroup.kill (v2)
  int most_processes = -1;  // pids.max
  int memory_now = -1;
  int memory_peak = -1;
  int memory_events = -1;   // has a line "oom_kill"
  int process_events = -1;  // has a line "max"
  int cpu_stat = -1;        // v2: has a line "usage_usec"
};

// The descriptors in it, at most `size`. Returns how many.
constexpr size_t kMaxCgroupDescriptors = 3 * CgroupHandles::kMaxGroups + 8;
size_t CgroupDescriptors(const CgroupHandles& cgroup, int* to);

// Sends a signal to all members. Returns how many there were.
int SignalCgroup(const CgroupHandles& cgroup, int signal);
// Kills all members, those too that are being forked.
void KillCgroup(const CgroupHandles& cgroup);
// Calls `visit(pid, argument)` for each member.
void VisitCgroup(const CgroupHandles& cgroup, void (*visit)(pid_t, void*),
                 void* argument);
// Removes the directories, once nothing is in them. False if some remain.
bool RemoveCgroup(const CgroupHandles& cgroup);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CGROUP_HANDLES_H_
