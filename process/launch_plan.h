#ifndef POSTERN_PROCESS_LAUNCH_PLAN_H_
#define POSTERN_PROCESS_LAUNCH_PLAN_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "process/capabilities.h"
#include "process/identity.h"
#include "process/limits.h"
#include "process/namespaces.h"

namespace postern {
namespace process {

// The steps of a start, in the order of execution. All but the last happen
// before the program's first instruction.
enum class Step {
  kSession,
  kCgroup,
  kDevices,
  kDirectory,
  kNamespaces,
  kDescriptors,
  kLimits,
  kNice,
  kIdentity,
  kCapabilities,
  kNoNewPrivs,
  kLandlock,
  kSyscallFilter,
  kStart,
};
constexpr int kStepCount = 14;
absl::string_view StepName(Step step);

enum class Session {
  // One of its own, without a terminal.
  kOwn,
  // The caller's, with its terminal and process group: keys, resizes, stop and
  // continue reach the program as any other. It can also take from the terminal
  // what others type there.
  kShared,
};

// Descriptor `from` of this process is `to` in the program's.
struct DescriptorMapping {
  int from = -1;
  int to = -1;
};

// A device that a program may use: a line of the device cgroup's list.
struct DeviceAccess {
  char kind = 'c';                 // 'c' or 'b'
  absl::optional<uint32_t> major;  // none: all
  absl::optional<uint32_t> minor;
  bool read = false;
  bool write = false;
  bool create = false;  // mknod(2)
};

// How to start one program, decided elsewhere: plain data that can be printed
// (DescribePlan), kept, and used many times. Descriptors are borrowed and must
// be open when it is launched.
struct LaunchPlan {
  // The program, opened with O_PATH or for reading, and started by this
  // descriptor (execveat(2), AT_EMPTY_PATH): no name is looked up.
  int program = -1;
  // For what is printed.
  std::string program_name;
  // Needed by scripts ("#!"): their interpreter opens /dev/fd/<number>, so that
  // `program`, opened for reading, stays open there. -1 for all else.
  int script_descriptor = -1;
  std::vector<std::string> argv;         // with the name that it sees itself by
  std::vector<std::string> environment;  // NAME=value; these and no others
  // These and no others pass. Of 0 to 2, what is not listed is /dev/null.
  std::vector<DescriptorMapping> descriptors;
  // The working directory; -1 is "/". Entered before new namespaces, so that it
  // lies beneath their mounts.
  int directory = -1;

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
  // If set, these devices and no others.
  absl::optional<std::vector<DeviceAccess>> devices;

  // With namespaces.pid the program itself is the first one in its namespace:
  // signals that it does not handle do nothing then, but for SIGKILL.
  NamespacePlan namespaces;
  absl::optional<int> nice;  // -20 to 19
  absl::optional<Identity> identity;
  // Capabilities that may stay, of root too; kAllCapabilities leaves all.
  uint64_t capabilities = kHeldCapabilities;
  bool no_new_privs = true;
  // Rulesets (landlock_create_ruleset(2)), enforced one after the other.
  std::vector<int> landlock_rulesets;
  // Installed last, one after the other: a call must pass all. Each must allow
  // execveat, and seccomp if another one follows.
  std::vector<std::vector<sock_filter>> syscall_filters;

  // If true, a step that this kernel or user cannot do is reported and left
  // out. If false, nothing is started then.
  bool best_effort = false;
  // Between SIGTERM and SIGKILL for all of the tree, at the wall time's end.
  absl::Duration grace = absl::ZeroDuration();
};

// InvalidArgument for what cannot be executed, without trying: no program, NUL
// in an argument, a number twice, a limit of nothing.
absl::Status CheckPlan(const LaunchPlan& plan);

// Whether a cgroup of its own is made for it, where there are any.
bool NeedsCgroup(const LaunchPlan& plan);

// The steps in the order of execution, a line each. Environment by names only:
// values may be secrets.
std::string DescribePlan(const LaunchPlan& plan);

enum class Outcome { kNotAsked, kDone, kUnavailable, kFailed };
absl::string_view OutcomeName(Outcome outcome);

struct StepResult {
  Step step = Step::kStart;
  Outcome outcome = Outcome::kNotAsked;
  int error = 0;     // errno, of what was not done
  std::string note;  // which way, or why not
};

// A line for each step that was asked for: "landlock: done".
std::string StepsText(const std::vector<StepResult>& steps);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_LAUNCH_PLAN_H_
