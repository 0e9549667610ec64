#ifndef POSTERN_PERMISSION_GUARD_GUARDED_PROCESS_H_
#define POSTERN_PERMISSION_GUARD_GUARDED_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "fs/options.h"
#include "permission/context.h"
#include "permission/guard/spawn_status.h"
#include "process/environment.h"
#include "process/launch_plan.h"

namespace postern {

namespace internal {
class ProgramOpeners;
}  // namespace internal

// A descriptor that a started program is to get (posix_spawn(3), file actions).
struct SpawnFile {
  int number = -1;  // in the program
  // Opened for it, as the guest may; else a duplicate of `from`, the host's.
  absl::optional<std::string> path;
  fs::OpenIntent intent;
  int from = -1;
};

// What a guest wants started. Plain data. The program's own name (argv[0]) is
// no choice of the guest's, as some programs do what that name says: it is the
// canonical name, or the one asked for if a rule is written with it.
struct SpawnRequest {
  // A path, absolute or relative to the base directory, or a bare name, looked
  // for in GuardedProcessOptions::program_folders.
  std::string program;
  std::vector<std::string> args;          // behind the program's own name
  std::vector<std::string> environment;   // NAME=value that the guest sets
  std::vector<SpawnFile> files;           // 0 to 2 too: none is inherited
  absl::optional<std::string> directory;  // none: the base directory
};

// The spawn that a shell string is: of /bin/sh with that text as argument. No
// rule for a program in the text matches it.
SpawnRequest ShellRequest(absl::string_view text);

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

// Borrowed pointers may be null.
struct GuardedProcessOptions {
  // The host's PATH: absolute folders, in order. A bare name is the first
  // program there that the rules grant.
  std::vector<std::string> program_folders;
  // What programs inherit (NAME=value), as far as env.read allows each. What
  // the guest sets is as env.write allows.
  std::vector<std::string> environment;
  // Variables that may steer a program (process/environment.h) all the same.
  std::vector<std::string> may_steer;
  // Where relative names start; "" = the policy's own.
  std::string base_directory;
  // For files and directories of requests; null: such requests are refused.
  std::shared_ptr<const fs::GuardedFs> files;
  // A script is given to its interpreter by name, and not as /dev/fd/N: the
  // interpreter knows its folder then, and who may replace the file meanwhile
  // replaces what runs.
  bool scripts_by_name = false;
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
