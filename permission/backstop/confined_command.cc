#include "permission/backstop/confined_command.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/limit_rows.h"
#include "process/launcher.h"

namespace postern {
namespace {

using internal::CommandParts;

absl::Status CheckStage(CommandParts::Stage stage) {
  switch (stage) {
    case CommandParts::Stage::kReady:
      return absl::OkStatus();
    case CommandParts::Stage::kPreview:
      return absl::FailedPreconditionError(
          "a preview cannot be started: prepare the request");
    case CommandParts::Stage::kStarted:
      return absl::FailedPreconditionError(
          "the command has started already: prepare the request again");
  }
  return absl::InternalError("unknown stage");
}

bool LacksNamespaces(const process::LaunchReport& report) {
  const process::Outcome outcome =
      report.steps[static_cast<size_t>(process::Step::kNamespaces)].outcome;
  return outcome == process::Outcome::kUnavailable ||
         outcome == process::Outcome::kFailed;
}

// The program has them now.
void CloseDescriptors(CommandParts* parts) {
  parts->command = CheckedCommand();
  parts->plan.program = parts->plan.directory = -1;
  parts->plan.descriptors.clear();
}

}  // namespace

ConfinedCommand::ConfinedCommand(std::unique_ptr<CommandParts> parts)
    : parts_(std::move(parts)) {}
ConfinedCommand::ConfinedCommand(ConfinedCommand&&) noexcept = default;
ConfinedCommand& ConfinedCommand::operator=(ConfinedCommand&&) noexcept =
    default;
ConfinedCommand::~ConfinedCommand() = default;

std::string ConfinedCommand::Describe() const {
  return absl::StrCat("start, in this order:\n",
                      process::DescribePlan(parts_->plan), "\n",
                      DescribeConfinement(*parts_->confinement));
}

EnforcementReport ConfinedCommand::Report() const {
  EnforcementReport report = parts_->confinement->report;
  report.limits = LimitRows(
      *parts_->confinement, parts_->plan.limits,
      parts_->held ? *parts_->held : process::TryLimits(parts_->plan));
  return report;
}

absl::StatusOr<process::Child> ConfinedCommand::Start() {
  const absl::Status ready = CheckStage(parts_->stage);
  if (!ready.ok()) return ready;
  process::LaunchReport report;
  absl::StatusOr<process::Child> child = process::Launch(parts_->plan, &report);
  if (!child.ok() && parts_->remake != nullptr && LacksNamespaces(report)) {
    const absl::Status made =
        std::exchange(parts_->remake, nullptr)(parts_.get());
    if (!made.ok()) return made;
    child = process::Launch(parts_->plan, &report);
  }
  parts_->steps = child.ok() ? child->steps() : std::move(report.steps);
  if (!child.ok()) return child;
  parts_->held = child->limits();
  parts_->stage = CommandParts::Stage::kStarted;
  CloseDescriptors(parts_.get());
  return child;
}

const std::vector<process::StepResult>& ConfinedCommand::steps() const {
  return parts_->steps;
}

namespace internal {

CommandParts& PartsOf(ConfinedCommand* command) { return *command->parts_; }
const CommandParts& PartsOf(const ConfinedCommand& command) {
  return *command.parts_;
}

}  // namespace internal
}  // namespace postern
