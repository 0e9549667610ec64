#ifndef POSTERN_PERMISSION_BACKSTOP_COMMAND_PARTS_H_
#define POSTERN_PERMISSION_BACKSTOP_COMMAND_PARTS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "permission/backstop/confined_command.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/guard/guarded_process.h"
#include "process/launch_plan.h"
#include "process/limits.h"
#include "process/start_steps.h"

namespace postern {
namespace internal {

// What a ConfinedCommand is made of, for who changes it or starts it in its own
// way. `plan` borrows the descriptors of the others.
struct CommandParts {
  enum class Stage { kReady, kPreview, kStarted };
  Stage stage = Stage::kReady;
  CheckedCommand command;
  std::shared_ptr<const ConfinementPlan> confinement;
  std::shared_ptr<const PreparedPlan> prepared;
  process::LaunchPlan plan;  // to be given to process::Launch()
  // Where the plan's namespaces are only expected and cannot be entered: makes
  // confinement, prepared and plan for what is there. Null: they were tried.
  std::function<absl::Status(CommandParts*)> remake;
  // Who holds its limits, as far as that was tried.
  absl::optional<std::vector<process::LimitResult>> held;
  std::vector<process::StepResult> steps;
};

// They live as long as the command.
CommandParts& PartsOf(ConfinedCommand* command);
const CommandParts& PartsOf(const ConfinedCommand& command);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_COMMAND_PARTS_H_
