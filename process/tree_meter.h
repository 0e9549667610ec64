#ifndef POSTERN_PROCESS_TREE_METER_H_
#define POSTERN_PROCESS_TREE_METER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "process/cgroup_handles.h"

namespace postern {
namespace process {

struct KeeperNews;
struct KeeperStart;

// What the keeper measures of a program and all that it started. All functions
// are async-signal-safe.
struct TreeMeter {
  int samples = 0;
  int64_t last_ns = 0;        // of the last one
  int64_t interval_ns = 0;    // until the next one
  int64_t longest_ns = 0;     // which it grows to
  uint64_t own_peak_kib = 0;  // of who forked it, which is counted as its own
  uint64_t peak_bytes = 0;    // of the samples
  double byte_seconds = 0;
};

// Opens /proc/PID/FILE, of a short name; -1 with errno.
int OpenOfProcess(pid_t pid, const char* file);
// Reads it as ReadFromStart() does; "" if it cannot.
void ReadOfProcess(pid_t pid, const char* file, char* text, size_t size);
// Visits all processes of the tree; `children` as VisitDescendants() takes it.
void VisitTree(const CgroupHandles& cgroup, int children,
               void (*visit)(pid_t, void*), void* argument);

// `watched`: there is something to look at more often than for the record.
void BeginMeter(TreeMeter* meter, const KeeperStart& start, bool watched,
                int64_t now_ns);
bool IsSampleDue(const TreeMeter& meter, int64_t now_ns);
// Adds the memory since the last sample, and doubles the interval.
void Sample(TreeMeter* meter, const CgroupHandles& cgroup, int children,
            int64_t now_ns);
// Processor time so far, by those that were reaped and those that live. Without
// a cgroup (v2) in hundredths of a second.
int64_t TreeCpuNs(const CgroupHandles& cgroup, int children);
// Written to storage so far (proc(5), io).
uint64_t WrittenBytes(const CgroupHandles& cgroup, int children);
// When all were reaped.
void MeasureEnd(const TreeMeter& meter, const CgroupHandles& cgroup,
                KeeperNews* news);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_TREE_METER_H_
