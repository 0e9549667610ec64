#include "process/cgroup_handles.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

#include "process/signal_safe.h"

namespace postern {
namespace process {
namespace {

void SendSignal(pid_t pid, void* argument) {
  kill(pid, *static_cast<const int*>(argument));
}

void Add(int fd, int* to, size_t* count) {
  if (fd >= 0) to[(*count)++] = fd;
}

void Pause() {
  const timespec pause = {0, 1000000};
  nanosleep(&pause, nullptr);
}

}  // namespace

size_t CgroupDescriptors(const CgroupHandles& cgroup, int* to) {
  size_t count = 0;
  for (int i = 0; i < cgroup.count; ++i) {
    Add(cgroup.groups[i].parent, to, &count);
    Add(cgroup.groups[i].directory, to, &count);
    Add(cgroup.groups[i].members, to, &count);
  }
  // `unified` is one of the directories.
  for (const int fd : {cgroup.kill, cgroup.most_processes, cgroup.memory_now,
                       cgroup.memory_peak, cgroup.memory_events,
                       cgroup.process_events, cgroup.cpu_stat}) {
    Add(fd, to, &count);
  }
  return count;
}

void VisitCgroup(const CgroupHandles& cgroup, void (*visit)(pid_t, void*),
                 void* argument) {
  // All hierarchies have the same members.
  if (cgroup.count > 0) VisitNumbers(cgroup.groups[0].members, visit, argument);
}

int SignalCgroup(const CgroupHandles& cgroup, int signal) {
  if (cgroup.count == 0) return 0;
  return VisitNumbers(cgroup.groups[0].members, SendSignal, &signal);
}

void KillCgroup(const CgroupHandles& cgroup) {
  if (cgroup.count == 0) return;
  if (cgroup.kill >= 0 && write(cgroup.kill, "1", 1) == 1) return;
  // Nothing more is forked: the rounds come to an end. Without that they are
  // faster than forks, as a rule.
  [[maybe_unused]] const ssize_t written =
      cgroup.most_processes < 0 ? 0 : write(cgroup.most_processes, "0", 1);
  for (int round = 0; round < 100; ++round) {
    if (SignalCgroup(cgroup, SIGKILL) == 0) return;
    Pause();
  }
}

bool RemoveCgroup(const CgroupHandles& cgroup) {
  bool all = true;
  for (int i = 0; i < cgroup.count; ++i) {
    bool gone = false;
    // Who ended a moment ago is a member until it is off its processor.
    for (int round = 0; round < 2000 && !gone; ++round) {
      gone =
          unlinkat(cgroup.groups[i].parent, cgroup.name, AT_REMOVEDIR) == 0 ||
          errno == ENOENT;
      if (!gone && errno != EBUSY) break;
      if (!gone) Pause();
    }
    all = all && gone;
  }
  return all;
}

}  // namespace process
}  // namespace postern
