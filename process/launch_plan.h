#ifndef POSTERN_PROCESS_LAUNCH_PLAN_H_
#define POSTERN_PROCESS_LAUNCH_PLAN_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "process/capabilities.h"
#include "process/identity.h"
#include "process/namespaces.h"
#include "process/start_options.h"

namespace postern {
namespace process {

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
struct LaunchPlan : StartOptions {
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

  // If set, these devices and no others.
  absl::optional<std::vector<DeviceAccess>> devices;
  // The same as a program for cgroup v2 (LoadDeviceProgram()), loaded before;
  // -1: each start loads it.
  int device_program = -1;
  // What ReadCgroupMounts() gave before; "" or outdated: each start reads it.
  std::string cgroup_mounts;

  // With namespaces.pid the program itself is the first one in its namespace:
  // signals that it does not handle do nothing then, but for SIGKILL.
  NamespacePlan namespaces;
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
};

// InvalidArgument for what cannot be executed, without trying: no program, NUL
// in an argument, a number twice, a limit of nothing.
absl::Status CheckPlan(const LaunchPlan& plan);

// Whether a cgroup of its own is made for it, where there are any.
bool NeedsCgroup(const LaunchPlan& plan);

// The steps in the order of execution, a line each. Environment by names only:
// values may be secrets.
std::string DescribePlan(const LaunchPlan& plan);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_LAUNCH_PLAN_H_
