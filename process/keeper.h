#ifndef POSTERN_PROCESS_KEEPER_H_
#define POSTERN_PROCESS_KEEPER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "process/cgroup_handles.h"
#include "process/child_steps.h"
#include "process/keeper_memory.h"
#include "process/launch_plan.h"
#include "process/limits.h"
#include "process/start_steps.h"

namespace postern {
namespace process {

// A process between the launcher and its program: it starts the program, waits
// for it, holds the limits that nobody else holds, measures, and sees to it
// that nothing is left. Between them because
//   - a host that ignores SIGCHLD, or waits for every child, takes a program's
//     status and lets its id be given to somebody else: the keeper does neither
//   - limits of time hold while the host is stopped
//   - when the host dies, however that happens, the keeper kills the program
//     and all that it started, daemons too (PR_SET_CHILD_SUBREAPER), and
//     removes the cgroup.
// If the keeper is killed, the program dies with it (PR_SET_PDEATHSIG); the
// rest of the tree is the launcher's, who sees the keeper end.

// From the keeper, one message each.
struct KeeperNews {
  static constexpr size_t kMaxTold = 256;  // of masks
  enum class Kind {
    kStarted,  // with the program's pidfd
    kFailed,   // no program: `cells` say at which step
    kStopped,  // the program; `status` as waitpid(2) gives it
    kContinued,
    kEnded,  // and nothing of the tree is left
  };
  Kind kind = Kind::kFailed;
  pid_t program = 0;
  StepCell cells[kStepCount];
  bool absent_masks[kMaxTold] = {};
  int status = 0;
  uint32_t reached = 0;   // bit 1 << Limit
  uint32_t ended_by = 0;  // the same: for which of them it was killed
  int32_t ordered = 0;    // 1: killed as the launcher said
  int32_t left_over = 0;  // processes killed after the program's end
  int64_t cpu_user_us = 0;
  int64_t cpu_system_us = 0;
  int64_t tied_up_ns = 0;
  uint64_t peak_memory_bytes = 0;
  double memory_byte_seconds = 0;
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
  SeenLimit seen[kLimitCount];  // of limits that an rlimit holds
};

// To the keeper: ends the tree, by SIGTERM, and after `grace_ns` by SIGKILL.
struct KeeperOrder {
  int64_t grace_ns = 0;
};

struct KeeperStart {
  // Null: it is a copy of the host. Else it shares the host's memory, with this
  // of its own.
  KeeperBlock* block = nullptr;
  pid_t host = 0;  // set by StartKeeper()
  ChildSteps child;
  uint64_t cloned_namespaces = 0;  // CLONE_NEW...
  CgroupHandles cgroup;
  int channel = -1;     // SOCK_SEQPACKET, for both kinds of messages
  int64_t wall_ns = 0;  // 0: no limit
  int64_t cpu_ns = 0;   // of all together; 0: no limit
  uint64_t disk_bytes = 0;
  int64_t grace_ns = 0;
};

// Starts a keeper. Returns its id, and a descriptor of it in `pidfd`; or -1
// with errno. It sends no signal when it ends, and waitpid(-1) does not see it:
// it is waited for with __WALL. Safe in programs with threads. `start` and all
// that it names are read until the first news; its `block` becomes null where
// memory cannot be shared after all (a filter that hides clone3(2)).
//
// A copy gives back what it does not need (forget_memory.h).
pid_t StartKeeper(KeeperStart* start, int* pidfd);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_KEEPER_H_
