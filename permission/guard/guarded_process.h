#ifndef POSTERN_PERMISSION_GUARD_GUARDED_PROCESS_H_
#define POSTERN_PERMISSION_GUARD_GUARDED_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fs/base/file_descriptor.h"
#include "permission/context.h"
#include "permission/guard/spawn_request.h"
#include "permission/guard/spawn_status.h"
#include "process/environment.h"
#include "process/launch_plan.h"

namespace postern {

namespace internal {
class ProgramOpeners;
}  // namespace internal

// What may be started, opened and decided: nothing is looked up by a name any
// more. Move-only.
struct CheckedCommand {
  // To be started by this descriptor (execveat(2), AT_EMPTY_PATH). Of a script
  // it is the interpreter.
  fs::FileDescriptor program;
  std::string program_name;  // canonical
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  struct File {
    fs::FileDescriptor fd;
    int number;
  };
  std::vector<File> files;       // and no others
  fs::FileDescriptor directory;  // none: "/"
  // Variables that were left out, by name.
  std::vector<process::Environment::LeftOut> left_out;
  std::vector<DecidedCommand> decided;  // in the order in which they follow

  // The start as plain data, unconfined yet; borrows the descriptors.
  process::LaunchPlan ToPlan() const;
};

// The reference monitor of starting programs: decides by `context` and opens
// what it decided, so that what was checked is what is started (TOCTOU).
//  - The program is opened by GuardedFs under its canonical name. It must be
//    the file that the rules were bound to, and no other name of it may be
//    denied.
//  - A script needs its interpreter to be allowed, with the script among its
//    arguments; the interpreter is what is started.
//  - The dynamic loader by name, files without a name, and what cannot be read
//    are refused.
//  - Where only a rule with "through:" allows it, the command inside is looked
//    for (process/wrappers.h) and decided as well.
// Thread-safe; allocates.
class GuardedProcess {
 public:
  // FailedPrecondition if the policy is not bound; InvalidArgument for folders
  // that are no absolute names.
  static absl::StatusOr<std::unique_ptr<const GuardedProcess>> Create(
      std::shared_ptr<PermissionContext> context,
      GuardedProcessOptions options);

  ~GuardedProcess();
  GuardedProcess(const GuardedProcess&) = delete;
  GuardedProcess& operator=(const GuardedProcess&) = delete;

  // All is checked first: if anything is denied nobody is asked, no use is
  // taken and nothing is opened for the program. May block in the ask handler
  // until `deadline`.
  SpawnResult<CheckedCommand> Prepare(
      const SpawnRequest& request,
      absl::Time deadline = absl::InfiniteFuture()) const;
  // The same to look at, not to be started: by Check(), so that what a rule
  // asks about is denied, nobody is asked, no use is taken and no audit sink
  // told. In place of files and of a directory that the request names stands
  // /dev/null.
  SpawnResult<CheckedCommand> Preview(const SpawnRequest& request) const;

  const PermissionContext& context() const { return *context_; }

 private:
  GuardedProcess(std::shared_ptr<PermissionContext> context,
                 GuardedProcessOptions options);

  const std::shared_ptr<PermissionContext> context_;
  const GuardedProcessOptions options_;
  const std::unique_ptr<internal::ProgramOpeners> openers_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_GUARDED_PROCESS_H_
