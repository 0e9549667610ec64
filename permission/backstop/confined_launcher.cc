#include "permission/backstop/confined_launcher.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "fs/base/file_descriptor.h"
#include "permission/backstop/probe.h"
#include "permission/guard/context_parts.h"
#include "permission/proto/context_snapshot.h"
#include "process/capabilities.h"

namespace postern {
namespace {

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
  const std::pair<const char*, bool> namespaces[] = {
      {"user namespaces", entered.user},
      {"mount namespace", entered.mount},
      {"network namespace", entered.network}};
  for (ReportedFact& fact : report->facts) {
    for (const auto& one : namespaces) {
      if (one.second && fact.name == one.first) fact.state = "yes";
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
  for (const process::LandlockRuleset& ruleset : prepared.landlock) {
    out->landlock_rulesets.push_back(ruleset.fd.get());
  }
  if (!prepared.filter.program.empty()) {
    out->syscall_filters.push_back(prepared.filter.program);
  }
  out->namespaces = plan.namespaces;
  out->devices = plan.devices;
}

}  // namespace

struct ConfinedLauncher::Made {
  ConfinementPlan plan;
  PreparedPlan prepared;
};

ConfinedLauncher::ConfinedLauncher(
    std::shared_ptr<PermissionContext> context, ConfinedLauncherOptions options,
    std::unique_ptr<const GuardedProcess> commands)
    : context_(std::move(context)),
      options_(std::move(options)),
      commands_(std::move(commands)) {}

ConfinedLauncher::~ConfinedLauncher() = default;

absl::StatusOr<std::unique_ptr<ConfinedLauncher>> ConfinedLauncher::Create(
    std::shared_ptr<PermissionContext> context,
    ConfinedLauncherOptions options) {
  absl::StatusOr<std::unique_ptr<const GuardedProcess>> commands =
      GuardedProcess::Create(context, options.commands);
  if (!commands.ok()) return commands.status();
  return absl::WrapUnique(new ConfinedLauncher(
      std::move(context), std::move(options), *std::move(commands)));
}

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Made>>
ConfinedLauncher::Make(const std::vector<std::string>& programs) const {
  const process::KernelCaps& caps = options_.caps;
  const bool expects = !caps.namespaces_tried;
  if (!expects || options_.probe) {
    auto made = MakeFor(caps, programs);
    if (made.ok() || !expects) return made;
  }
  return MakeFor(process::PretendOlder(process::DetectKernelCaps(), caps),
                 programs);
}

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Made>>
ConfinedLauncher::MakeFor(const process::KernelCaps& caps,
                          const std::vector<std::string>& programs) const {
  LowerOptions lower = options_.lower;
  lower.user_namespace =
      lower.user_namespace || !process::IsSystemAdministrator();
  lower.programs.insert(lower.programs.end(), programs.begin(), programs.end());
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
  return std::make_shared<const Made>(
      Made{*std::move(plan), *std::move(prepared)});
}

absl::StatusOr<std::shared_ptr<const ConfinedLauncher::Made>>
ConfinedLauncher::Current(const std::vector<std::string>& programs) {
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

absl::StatusOr<SpawnResult<ConfinedCommand>> ConfinedLauncher::Prepare(
    const SpawnRequest& request, absl::Time deadline) {
  SpawnResult<CheckedCommand> checked = commands_->Prepare(request, deadline);
  if (!checked.ok()) {
    return SpawnResult<ConfinedCommand>(std::move(checked).status());
  }
  // After the decision: what was given up while somebody was asked counts.
  absl::StatusOr<std::shared_ptr<const Made>> made =
      Current(ProgramsOf(*checked));
  if (!made.ok()) return made.status();
  ConfinedCommand confined;
  confined.command = *std::move(checked);
  if (options_.pass_policy) {
    absl::StatusOr<fs::FileDescriptor> snapshot =
        SealSnapshot(options_.passed != nullptr ? *options_.passed : *context_);
    if (!snapshot.ok()) return snapshot.status();
    const int number = FreeNumber(confined.command.files);
    confined.command.files.push_back({*std::move(snapshot), number});
  }
  const Made& now = **made;
  confined.confinement = {*made, &now.plan};
  confined.prepared = {*made, &now.prepared};
  confined.plan = confined.command.ToPlan();
  confined.plan.identity = options_.identity;
  AddConfinement(now.plan, now.prepared, &confined.plan);
  return SpawnResult<ConfinedCommand>(std::move(confined));
}

}  // namespace postern
