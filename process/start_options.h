#ifndef POSTERN_PROCESS_START_OPTIONS_H_
#define POSTERN_PROCESS_START_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "process/limits.h"

namespace postern {
namespace process {

enum class Session {
  // One of its own, without a terminal.
  kOwn,
  // The caller's, with its terminal and process group: keys, resizes, stop and
  // continue reach the program as any other. It can also take from the terminal
  // what others type there.
  kShared,
};

// What a host decides of a start by itself, and no policy does.
struct StartOptions {
  Session session = Session::kOwn;
  // Signals that this process ignores stay ignored (nohup(1)); else all have
  // their default.
  bool keep_ignored_signals = false;

  Limits limits;
  // The cgroup to make new ones beneath, as a path in each hierarchy;
  // "" is this process's own.
  std::string cgroup_parent;
  // A new cgroup even if no limit needs it: usage is measured as a whole.
  bool own_cgroup = false;
  absl::optional<int> nice;  // -20 to 19; none: as this process
  // Between SIGTERM and SIGKILL for all of the tree, at the wall time's end.
  absl::Duration grace = absl::ZeroDuration();
  // What keeps the program may share this process's memory until the program
  // ends, in place of a copy, which takes a third of a start. Only for hosts
  // that give up no right meanwhile: it keeps the ids, capabilities, filters
  // and namespaces of the start, and who can write this memory can steer it.
  // Confine() refuses while it lives. It is killed together with this process
  // by a kernel out of memory, counts as large as it, and a program's peak of
  // memory is not told apart from this process's unless a cgroup measures it.
  bool shares_memory = false;
};

// InvalidArgument for what cannot be, without trying: a limit of nothing, a
// cgroup that is no path.
absl::Status CheckStartOptions(const StartOptions& options);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_START_OPTIONS_H_
