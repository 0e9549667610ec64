#ifndef POSTERN_PERMISSION_BACKSTOP_CONFINED_LAUNCHER_H_
#define POSTERN_PERMISSION_BACKSTOP_CONFINED_LAUNCHER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/backstop/confined_command.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "permission/guard/spawn_request.h"
#include "permission/guard/spawn_status.h"
#include "process/identity.h"
#include "process/kernel_caps.h"
#include "process/start_options.h"

namespace postern {

struct ConfinedLauncherOptions {
  GuardedProcessOptions commands;
  // To its `programs` those of each start are added. A user namespace is made
  // where this process could enter no others without.
  LowerOptions lower;
  // What plans are made for: what this kernel has (process::DetectKernelCaps())
  // or less (process::PretendOlder()), for who makes many launchers, or tries
  // what an older kernel would hold. None: the kernel is asked. Where
  // namespaces are only expected (process::ExpectedKernelCaps()), a plan that
  // its probe or its start cannot enter is made anew for what is there.
  absl::optional<process::KernelCaps> caps;
  // Whom programs run as; none: as this process. Needs CAP_SETUID.
  absl::optional<process::Identity> identity;
  // FULL is told of what a child of this very plan tried. Without, nothing is
  // more than PARTIAL: for who reads no report, and starts sooner.
  bool probe = true;
  // Fails before any effect where a rule or a limit is held less than this.
  EnforcementLevel require = EnforcementLevel::kNone;
  RequireScope scope = RequireScope::kAccess;
  // Hands the program a sealed copy of the context (context_snapshot.h), for
  // those that link Postern. Where that cannot be made nothing starts.
  bool pass_policy = true;
  // Whose copy that is, if the launcher's context has rules that are for the
  // start alone; null: the launcher's own.
  std::shared_ptr<const PermissionContext> passed;
};

// Starts programs that a context grants, under the same rules in the kernel.
// What the kernel is told is made once for each program, and anew after the
// context changed: a drop of a moment before is in force. Thread-safe.
class ConfinedLauncher {
 public:
  // FailedPrecondition if the policy is not bound (PolicyBuilder::Bind());
  // InvalidArgument for folders that are no absolute names, for an identity
  // that is nobody's, and for LowerOptions::own_process.
  static absl::StatusOr<std::unique_ptr<ConfinedLauncher>> Create(
      std::shared_ptr<PermissionContext> context,
      ConfinedLauncherOptions options);
  ~ConfinedLauncher();

  // Decides and opens; starts nothing. A SpawnStatus is the denial, in words by
  // ExplainSpawn(). If anything is denied nobody is asked, no use is taken and
  // nothing is opened for the program. May block in the ask handler until
  // `deadline`. Another status is InvalidArgument for `start`, or the
  // confinement's: the kernel's, or FailedPrecondition where it holds less than
  // is required.
  absl::StatusOr<SpawnResult<ConfinedCommand>> Prepare(
      const SpawnRequest& request, const process::StartOptions& start = {},
      absl::Time deadline = absl::InfiniteFuture());

  // The same to look at (a dry run): it cannot be started. Asks nobody, and
  // what a rule asks about is denied; takes no use, tells no audit sink, and
  // opens no file that the request names.
  absl::StatusOr<SpawnResult<ConfinedCommand>> Preview(
      const SpawnRequest& request, const process::StartOptions& start = {});

 private:
  class Plans;
  explicit ConfinedLauncher(std::shared_ptr<Plans> plans);

  const std::shared_ptr<Plans> plans_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_CONFINED_LAUNCHER_H_
