#ifndef POSTERN_BINDINGS_PLUGINS_CHILD_START_H_
#define POSTERN_BINDINGS_PLUGINS_CHILD_START_H_

#include <sys/types.h>

#include <cstdint>

namespace postern {
namespace plugins {

// What a keeper tells of its program, in one write(2) that is never cut in two.
struct ChildReport {
  int32_t error = 0;      // errno if no program could be started
  int32_t at_folder = 0;  // 1: its folder could not be entered
  int32_t status = 0;     // as waitpid() gives it
  int32_t timed_out = 0;  // 1: killed at the deadline
};

// What a child needs, prepared before the fork: it must not allocate.
struct ChildStart {
  const char* const* paths = nullptr;  // tried in order, ended by null
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  int directory = -1;
  int null = -1;  // becomes standard input
  int output = -1;
  int error_output = -1;
  int report = -1;          // gets one ChildReport
  int64_t deadline_ns = 0;  // of CLOCK_MONOTONIC
};

// Forks a keeper, which starts the program, waits for it, kills what is left of
// its process group, and reports. Between the host and the program because
//   - a host that ignores SIGCHLD, or waits for every child, takes a program's
//     status and lets its id be given to somebody else: the keeper does neither
//   - the deadline holds while the host is stopped
//   - when the host dies, the keeper ends the program and its group.
// Returns the keeper's id, or -1 with errno. All the descriptors must be above
// 2 and closed on exec.
pid_t StartKeeper(const ChildStart& start);

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_CHILD_START_H_
