#ifndef POSTERN_PERMISSION_GUARD_COMMAND_RESOLVER_H_
#define POSTERN_PERMISSION_GUARD_COMMAND_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "permission/context.h"
#include "permission/guard/guarded_process.h"
#include "permission/guard/program_opener.h"
#include "permission/guard/spawn_status.h"

namespace postern {
namespace internal {

// A program that may be started as far as the rules go, and what its start
// takes. Nobody was asked yet.
struct ResolvedCommand {
  fs::FileDescriptor program;
  std::string program_name;  // canonical
  // Scripts: the file that the interpreter reads, and what it gets before its
  // own arguments: {interpreter, argument}.
  fs::FileDescriptor script;
  std::vector<std::string> before_script;
  std::string script_name;  // canonical
  std::vector<std::string> args;
  std::vector<DecidedCommand> decided;  // all that must be allowed
};

// Finds, opens and checks what a command starts. For one command; borrows.
class CommandResolver {
 public:
  CommandResolver(const std::shared_ptr<PermissionContext>& context,
                  const GuardedProcessOptions& options, ProgramOpener* opener)
      : context_(context), options_(options), opener_(*opener) {}

  SpawnResult<ResolvedCommand> Resolve(absl::string_view program,
                                       std::vector<std::string> args);

 private:
  struct Opened {
    fs::FileDescriptor fd;
    std::string name;  // canonical
  };
  // `because_of`: see DecidedCommand.
  SpawnResult<ResolvedCommand> ResolveAt(absl::string_view program,
                                         std::vector<std::string> args,
                                         const std::string& because_of,
                                         int depth);
  SpawnResult<ResolvedCommand> ResolvePath(const std::string& path,
                                           std::vector<std::string> args,
                                           const std::string& because_of,
                                           int depth);
  SpawnResult<ResolvedCommand> ResolveThrough(SpawnStatus denial,
                                              const std::string& path,
                                              std::vector<std::string> args,
                                              const std::string& because_of,
                                              int depth);
  SpawnResult<ResolvedCommand> ResolveFile(Opened opened,
                                           DecidedCommand command, int depth);
  SpawnResult<ResolvedCommand> ResolveScript(Opened opened,
                                             DecidedCommand command,
                                             std::vector<std::string> before,
                                             int depth);
  SpawnResult<Opened> Open(const std::string& path,
                           const DecidedCommand& command) const;
  std::string AbsoluteName(const std::string& path) const;
  // Ok if the open file is the one that the rules mean.
  SpawnStatus JudgeFile(const Opened& opened,
                        const DecidedCommand& command) const;
  SpawnStatus JudgeNames(const Opened& opened,
                         const DecidedCommand& command) const;
  // Ok unless a rule denies what the command starts in turn, as far as that can
  // be told.
  SpawnStatus JudgeInner(const Opened& opened,
                         const DecidedCommand& command) const;
  SpawnStatus JudgeDenied(const DecidedCommand& command) const;

  const std::shared_ptr<PermissionContext>& context_;
  const GuardedProcessOptions& options_;
  ProgramOpener& opener_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_COMMAND_RESOLVER_H_
