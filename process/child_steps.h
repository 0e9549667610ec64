#ifndef POSTERN_PROCESS_CHILD_STEPS_H_
#define POSTERN_PROCESS_CHILD_STEPS_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "process/capabilities.h"
#include "process/launch_plan.h"
#include "process/namespaces.h"
#include "process/start_options.h"
#include "process/start_steps.h"

namespace postern {
namespace process {

struct RlimitValue {
  int resource = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

// What a step gave, in memory that the child and its keeper share or copy.
struct StepCell {
  Outcome outcome = Outcome::kNotAsked;
  int error = 0;
  const char* place = "";  // where in the step; static
};

// A launch plan as the child executes it: everything was made before, for the
// child must not allocate. Borrowed.
struct ChildSteps {
  pid_t parent = 0;
  Session session = Session::kOwn;
  bool keep_ignored_signals = false;
  bool best_effort = false;
  const int* joins = nullptr;  // cgroup.procs of the groups to enter
  int join_count = 0;
  int directory = -1;  // -1: "/"
  // To map ids, of namespaces that clone(2) made; and to enter. Null: none.
  const PreparedNamespaces* cloned_namespaces = nullptr;
  const PreparedNamespaces* namespaces = nullptr;
  bool* absent_masks = nullptr;  // as MakeMasks() takes it

  int program = -1;
  int script_descriptor = -1;
  int null = -1;
  const DescriptorMapping* descriptors = nullptr;
  size_t descriptor_count = 0;
  int* moved = nullptr;  // room for descriptor_count numbers
  // The numbers in the child, in ascending order: 0 to 2 and those of
  // `descriptors`.
  const int* numbers = nullptr;
  size_t number_count = 0;

  const RlimitValue* rlimits = nullptr;
  size_t rlimit_count = 0;
  const int* nice = nullptr;
  const Identity* identity = nullptr;
  uint64_t capabilities = kAllCapabilities;
  bool no_new_privs = true;
  int* rulesets = nullptr;
  size_t ruleset_count = 0;
  const sock_fprog* filters = nullptr;
  size_t filter_count = 0;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
};

// Executes the steps and starts the program. Returns only if a step fails,
// with its place and error in `cells`, an entry for each step. After fork(2) or
// vfork(2), with all signals blocked and no handlers. Async-signal-safe.
void RunChildSteps(const ChildSteps& steps, StepCell* cells);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CHILD_STEPS_H_
