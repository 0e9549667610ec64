#include "permission/backstop/confined_launcher.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "fs/base/file_descriptor.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/limit_rows.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/backstop/probe.h"
#include "permission/guard/context_parts.h"
#include "permission/guard/guarded_process.h"
#include "permission/proto/context_snapshot.h"
#include "process/capabilities.h"
#include "process/launch_plan.h"
#include "process/launcher.h"

namespace postern {
namespace {

using internal::CommandParts;

// What the rules decided of one start: the program, and a script's interpreter.
std::vector<std::string> ProgramsOf(const CheckedCommand& command) {
  std::set<std::string> programs = {command.program_name};
  for (const DecidedCommand& decided : command.decided) {
    programs.insert(decided.program);
  }
  return std::vector<std::string>(programs.begin(), programs.end());
}

// What a probe entered was tried.
void NoteEntered(const process::NamespacePlan& entered,
                 EnforcementReport* report) {
  for (const process::KernelFact& known : process::KernelFacts()) {
    if (known.entered == nullptr || !(entered.*known.entered)) continue;
    for (ReportedFact& fact : report->facts) {
      if (fact.name == known.name) fact.state = "yes";
    }
  }
}

int FreeNumber(const std::vector<CheckedCommand::File>& files) {
  int number = 3;
  const auto taken = [&](const CheckedCommand::File& file) {
    return file.number == number;
  };
  while (std::any_of(files.begin(), files.end(), taken)) ++number;
  return number;
}

void AddConfinement(const ConfinementPlan& plan, const PreparedPlan& prepared,
                    process::LaunchPlan* out) {
  out->landlock_rulesets.clear();
  out->syscall_filters.clear();
  for (const process::LandlockRuleset& ruleset : prepared.landlock) {
    out->landlock_rulesets.push_back(ruleset.fd.get());
  }
  if (!prepared.filter.program.empty()) {
    out->syscall_filters.push_back(prepared.filter.program);
  }
  out->namespaces = plan.namespaces;
  out->devices = plan.devices;
  out->device_program = prepared.device_program.get();
  out->cgroup_mounts = prepared.cgroup_mounts;
}

}  // namespace

// The launcher's parts, and the plans that it keeps.
class ConfinedLauncher::Plans
    : public std::enable_shared_from_this<ConfinedLauncher::Plans> {
 public:
  // `options.caps` is set.
  Plans(std::shared_ptr<PermissionContext> context,
        ConfinedLauncherOptions options,
        std::unique_ptr<const GuardedProcess> commands)
      : context_(std::move(context)),
        options_(std::move(options)),
        commands_(std::move(commands)) {}

  const GuardedProcess& commands() const { return *commands_; }
  absl::StatusOr<SpawnResult<ConfinedCommand>> Confine(
      SpawnResult<CheckedCommand> checked, const process::StartOptions& start,
      CommandParts::Stage stage);

 private:
  struct Made {
    ConfinementPlan plan;
    PreparedPlan prepared;
    bool tried = false;  // its namespaces can be entered
  };
  static void Take(const std::shared_ptr<const Made>& made,
                   CommandParts* parts);
  // Beyond these all are made anew: a guest may start many programs.
  static constexpr size_t kMaxPlans = 64;

  absl::StatusOr<std::shared_ptr<const Made>> Current(
      const std::vector<std::string>& programs);
  absl::StatusOr<std::shared_ptr<const Made>> Make(
      const std::vector<std::string>& programs) const;
  absl::StatusOr<std::shared_ptr<const Made>> MakeForTried(
      const std::vector<std::string>& programs) const;
  absl::Status Remake(const std::vector<std::string>& programs,
                      CommandParts* parts);
  absl::StatusOr<std::shared_ptr<const Made>> MakeFor(
      const process::KernelCaps& caps,
      const std::vector<std::string>& programs) const;
  absl::Status AddSnapshot(CheckedCommand* command) const;
  absl::Status RequireLimits(CommandParts* parts) const;

  const std::shared_ptr<PermissionContext> context_;
  const ConfinedLauncherOptions options_;
  const std::unique_ptr<const GuardedProcess> commands_;
  absl::Mutex mutex_;
  // By the programs of a start; of a context as it was at `generations_`.
  std::map<std::vector<std::string>, std::shared_ptr<const Made>> made_
      ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> generations_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Plans::Made>>
ConfinedLauncher::Plans::Make(const std::vector<std::string>& programs) const {
  auto made = MakeFor(*options_.caps, programs);
  if (made.ok() || options_.caps->namespaces_tried) return made;
  return MakeForTried(programs);
}

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Plans::Made>>
ConfinedLauncher::Plans::MakeForTried(
    const std::vector<std::string>& programs) const {
  return MakeFor(
      process::PretendOlder(process::DetectKernelCaps(), *options_.caps),
      programs);
}

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Plans::Made>>
ConfinedLauncher::Plans::MakeFor(
    const process::KernelCaps& caps,
    const std::vector<std::string>& programs) const {
  LowerOptions lower = options_.lower;
  lower.user_namespace =
      lower.user_namespace || !process::IsSystemAdministrator();
  lower.programs.insert(lower.programs.end(), programs.begin(), programs.end());
  lower.may_steer = options_.commands.may_steer;
  absl::StatusOr<ConfinementPlan> plan = Lower(context_, caps, lower);
  if (!plan.ok()) return plan.status();
  absl::StatusOr<PreparedPlan> prepared =
      postern::Prepare(*plan, &plan->report);
  if (!prepared.ok()) return prepared.status();
  absl::Status status;
  if (options_.probe) {
    ProbeAs as;
    if (options_.identity.has_value()) as.identity = &*options_.identity;
    as.capabilities = process::kHeldCapabilities;
    status = Probe(*prepared, &*plan, as);
    if (status.ok()) NoteEntered(plan->namespaces, &plan->report);
  }
  if (status.ok()) {
    status = Require(options_.require, plan->report, options_.scope);
  }
  if (!status.ok()) return status;
  const bool tried = options_.probe || caps.namespaces_tried;
  return std::make_shared<const Made>(
      Made{*std::move(plan), *std::move(prepared), tried});
}

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Plans::Made>>
ConfinedLauncher::Plans::Current(const std::vector<std::string>& programs) {
  absl::MutexLock lock(&mutex_);
  // Before: what changes meanwhile is seen the next time.
  std::vector<uint64_t> now = internal::PartsOf(*context_).generations;
  if (now != generations_ || made_.size() >= kMaxPlans) made_.clear();
  generations_ = std::move(now);
  std::shared_ptr<const Made>& known = made_[programs];
  if (known != nullptr) return known;
  absl::StatusOr<std::shared_ptr<const Made>> made = Make(programs);
  if (made.ok()) known = *made;
  return made;
}

absl::Status ConfinedLauncher::Plans::AddSnapshot(
    CheckedCommand* command) const {
  if (!options_.pass_policy) return absl::OkStatus();
  absl::StatusOr<fs::FileDescriptor> snapshot =
      SealSnapshot(options_.passed != nullptr ? *options_.passed : *context_);
  if (!snapshot.ok()) return snapshot.status();
  const int number = FreeNumber(command->files);
  command->files.push_back({*std::move(snapshot), number});
  return absl::OkStatus();
}

// What is said of limits is of no plan of a policy.
absl::Status ConfinedLauncher::Plans::RequireLimits(CommandParts* parts) const {
  if (options_.require == EnforcementLevel::kNone) return absl::OkStatus();
  parts->held = process::TryLimits(parts->plan);
  EnforcementReport report;
  report.limits =
      LimitRows(*parts->confinement, parts->plan.limits, *parts->held);
  return Require(options_.require, report);
}

void ConfinedLauncher::Plans::Take(const std::shared_ptr<const Made>& made,
                                   CommandParts* parts) {
  parts->confinement = {made, &made->plan};
  parts->prepared = {made, &made->prepared};
  AddConfinement(made->plan, made->prepared, &parts->plan);
}

absl::Status ConfinedLauncher::Plans::Remake(
    const std::vector<std::string>& programs, CommandParts* parts) {
  const absl::StatusOr<std::shared_ptr<const Made>> made =
      MakeForTried(programs);
  if (!made.ok()) return made.status();
  {
    absl::MutexLock lock(&mutex_);
    // For the next start; not if the context changed since.
    const auto known = made_.find(programs);
    if (known != made_.end() &&
        &known->second->plan == parts->confinement.get()) {
      known->second = *made;
    }
  }
  Take(*made, parts);
  return absl::OkStatus();
}

absl::StatusOr<SpawnResult<ConfinedCommand>> ConfinedLauncher::Plans::Confine(
    SpawnResult<CheckedCommand> checked, const process::StartOptions& start,
    CommandParts::Stage stage) {
  if (!checked.ok()) {
    return SpawnResult<ConfinedCommand>(std::move(checked).status());
  }
  // After the decision: what was given up while somebody was asked counts.
  const std::vector<std::string> programs = ProgramsOf(*checked);
  absl::StatusOr<std::shared_ptr<const Made>> made = Current(programs);
  if (!made.ok()) return made.status();
  absl::Status status = AddSnapshot(&*checked);
  if (!status.ok()) return status;
  auto parts = std::make_unique<CommandParts>();
  parts->stage = stage;
  parts->command = *std::move(checked);
  parts->plan = parts->command.ToPlan();
  static_cast<process::StartOptions&>(parts->plan) = start;
  parts->plan.identity = options_.identity;
  Take(*made, parts.get());
  if (!(*made)->tried) {
    parts->remake = [plans = shared_from_this(),
                     programs](CommandParts* command) {
      return plans->Remake(programs, command);
    };
  }
  status = RequireLimits(parts.get());
  if (!status.ok()) return status;
  return SpawnResult<ConfinedCommand>(ConfinedCommand(std::move(parts)));
}

ConfinedLauncher::ConfinedLauncher(std::shared_ptr<Plans> plans)
    : plans_(std::move(plans)) {}

ConfinedLauncher::~ConfinedLauncher() = default;

absl::StatusOr<std::unique_ptr<ConfinedLauncher>> ConfinedLauncher::Create(
    std::shared_ptr<PermissionContext> context,
    ConfinedLauncherOptions options) {
  absl::StatusOr<std::unique_ptr<const GuardedProcess>> commands =
      GuardedProcess::Create(context, options.commands);
  if (!commands.ok()) return commands.status();
  absl::Status status = options.identity.has_value()
                            ? process::CheckIdentity(*options.identity)
                            : absl::OkStatus();
  if (!status.ok()) return status;
  if (options.lower.own_process) {
    return absl::InvalidArgumentError(
        "lower.own_process is for Confine(), not for programs that are "
        "started");
  }
  if (!options.caps.has_value()) options.caps = process::ExpectedKernelCaps();
  return absl::WrapUnique(new ConfinedLauncher(std::make_shared<Plans>(
      std::move(context), std::move(options), *std::move(commands))));
}

absl::StatusOr<SpawnResult<ConfinedCommand>> ConfinedLauncher::Prepare(
    const SpawnRequest& request, const process::StartOptions& start,
    absl::Time deadline) {
  const absl::Status status = process::CheckStartOptions(start);
  if (!status.ok()) return status;
  return plans_->Confine(plans_->commands().Prepare(request, deadline), start,
                         CommandParts::Stage::kReady);
}

absl::StatusOr<SpawnResult<ConfinedCommand>> ConfinedLauncher::Preview(
    const SpawnRequest& request, const process::StartOptions& start) {
  const absl::Status status = process::CheckStartOptions(start);
  if (!status.ok()) return status;
  return plans_->Confine(plans_->commands().Preview(request), start,
                         CommandParts::Stage::kPreview);
}

}  // namespace postern
