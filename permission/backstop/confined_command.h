#ifndef POSTERN_PERMISSION_BACKSTOP_CONFINED_COMMAND_H_
#define POSTERN_PERMISSION_BACKSTOP_CONFINED_COMMAND_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "permission/backstop/report.h"
#include "process/child.h"
#include "process/start_steps.h"

namespace postern {

class ConfinedCommand;

namespace internal {
struct CommandParts;
CommandParts& PartsOf(ConfinedCommand* command);
const CommandParts& PartsOf(const ConfinedCommand& command);
}  // namespace internal

// One start of a program, decided and confined by a ConfinedLauncher: all that
// it needs is open, and nothing has begun. Move-only; one thread at a time.
class ConfinedCommand {
 public:
  ConfinedCommand(ConfinedCommand&&) noexcept;
  ConfinedCommand& operator=(ConfinedCommand&&) noexcept;
  ~ConfinedCommand();

  // What the start does, in the order of execution, and what the kernel is
  // told: text for people (a dry run). Of variables the names alone, as values
  // may be secrets.
  std::string Describe() const;
  // What the kernel holds of the policy and of the limits, as text and JSON by
  // report_text.h. Of limits it tells what a trial finds, which takes a
  // millisecond or so, and after the start who holds them.
  EnforcementReport Report() const;

  // Starts the program, once: the rules granted one start. Either it runs as
  // Describe() says, or nothing was started and nothing is left behind; the
  // message then names the step, and steps() has its errno. FailedPrecondition
  // for what this kernel or user lacks, and for a command that has started or
  // is a preview; NotFound, PermissionDenied or Internal for a step that
  // failed.
  absl::StatusOr<process::Child> Start();
  // How Start() went; empty before.
  const std::vector<process::StepResult>& steps() const;

 private:
  friend class ConfinedLauncher;
  friend internal::CommandParts& internal::PartsOf(ConfinedCommand* command);
  friend const internal::CommandParts& internal::PartsOf(
      const ConfinedCommand& command);
  explicit ConfinedCommand(std::unique_ptr<internal::CommandParts> parts);

  std::unique_ptr<internal::CommandParts> parts_;  // null after a move
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_CONFINED_COMMAND_H_
