#ifndef POSTERN_PERMISSION_BACKSTOP_PREPARED_PLAN_H_
#define POSTERN_PERMISSION_BACKSTOP_PREPARED_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fs/base/file_descriptor.h"
#include "permission/backstop/lower.h"
#include "process/bpf.h"
#include "process/landlock.h"
#include "process/namespaces.h"

namespace postern {

// A plan in the form that the kernel takes, so that nothing is left to do
// between fork() and what follows but system calls. Move-only; may be used any
// number of times.
struct PreparedPlan {
  std::vector<process::LandlockRuleset> landlock;
  process::CompiledFilter filter;
  process::PreparedNamespaces namespaces;
  // For cgroup v2; not valid if the plan has no devices, or if it cannot be
  // loaded: another way may be left.
  fs::FileDescriptor device_program;
  std::string cgroup_mounts;  // as of LaunchPlan
};

// Opens what the plan names, compiles its filter. An error if this kernel does
// not have what the plan takes for granted. Notes in `report`, unless null,
// which granted files have vanished since the plan was made.
absl::StatusOr<PreparedPlan> Prepare(const ConfinementPlan& plan,
                                     EnforcementReport* report);

// Puts the calling thread under the plan for ever, but for its namespaces and
// devices: no_new_privs, Landlock, and the filter last; with `all_threads` the
// filter holds for the others too. Returns the errno of what failed; then some
// of it may be in force already. Async-signal-safe.
int Restrict(const PreparedPlan& plan, bool all_threads);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PREPARED_PLAN_H_
