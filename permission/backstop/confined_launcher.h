#ifndef POSTERN_PERMISSION_BACKSTOP_CONFINED_LAUNCHER_H_
#define POSTERN_PERMISSION_BACKSTOP_CONFINED_LAUNCHER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "permission/guard/guarded_process.h"
#include "process/identity.h"
#include "process/kernel_caps.h"
#include "process/launch_plan.h"

namespace postern {

struct ConfinedLauncherOptions {
  GuardedProcessOptions commands;
  // To its `programs` those of each start are added. A user namespace is made
  // where this process could enter no others without.
  LowerOptions lower;
  // Of this kernel, or less (process::PretendOlder). Where namespaces are only
  // expected, a plan that its probe cannot enter is made anew for what is there
  // (process::DetectKernelCaps()).
  process::KernelCaps caps;
  // Whom programs run as; none: as this process. Needs CAP_SETUID.
  absl::optional<process::Identity> identity;
  // FULL is told of what a child of this very plan tried. Without, nothing is
  // more than PARTIAL.
  bool probe = true;
  // Fails before any effect where a rule is held less than this.
  EnforcementLevel require = EnforcementLevel::kNone;
  RequireScope scope = RequireScope::kAccess;
  // Hands the program a sealed copy of the context (context_snapshot.h), for
  // those that link Postern. Where that cannot be made nothing starts.
  bool pass_policy = true;
  // Whose copy that is, if the launcher's context has rules that are for the
  // start alone; null: the launcher's own.
  std::shared_ptr<const PermissionContext> passed;
};

// One start, decided and confined. Keep it until the program runs: the plan
// borrows its descriptors.
struct ConfinedCommand {
  CheckedCommand command;
  std::shared_ptr<const ConfinementPlan> confinement;
  std::shared_ptr<const PreparedPlan> prepared;
  process::LaunchPlan plan;  // to be given to process::Launch()
};

// Starts programs that a context grants, under the same rules in the kernel.
// What the kernel is told is made once for each program, and anew after the
// context changed: a drop of a moment before is in force. Thread-safe.
class ConfinedLauncher {
 public:
  // Errors are those of GuardedProcess::Create().
  static absl::StatusOr<std::unique_ptr<ConfinedLauncher>> Create(
      std::shared_ptr<PermissionContext> context,
      ConfinedLauncherOptions options);
  ~ConfinedLauncher();

  // Decides and opens; starts nothing. A SpawnStatus is the denial, as of
  // GuardedProcess::Prepare(); another status is the confinement's: of
  // Lower(), Probe(), the kernel, or Require().
  absl::StatusOr<SpawnResult<ConfinedCommand>> Prepare(
      const SpawnRequest& request,
      absl::Time deadline = absl::InfiniteFuture());

 private:
  struct Made;
  // Beyond these all are made anew: a guest may start many programs.
  static constexpr size_t kMaxPlans = 64;
  ConfinedLauncher(std::shared_ptr<PermissionContext> context,
                   ConfinedLauncherOptions options,
                   std::unique_ptr<const GuardedProcess> commands);
  absl::StatusOr<std::shared_ptr<const Made>> Current(
      const std::vector<std::string>& programs);
  absl::StatusOr<std::shared_ptr<const Made>> Make(
      const std::vector<std::string>& programs) const;
  absl::StatusOr<std::shared_ptr<const Made>> MakeFor(
      const process::KernelCaps& caps,
      const std::vector<std::string>& programs) const;

  const std::shared_ptr<PermissionContext> context_;
  const ConfinedLauncherOptions options_;
  const std::unique_ptr<const GuardedProcess> commands_;
  absl::Mutex mutex_;
  // By the programs of a start; of a context as it was at `generations_`.
  std::map<std::vector<std::string>, std::shared_ptr<const Made>> made_
      ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> generations_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_CONFINED_LAUNCHER_H_
