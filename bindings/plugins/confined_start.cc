#include "bindings/plugins/confined_start.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/preset.h"
#include "permission/builder.h"
#include "permission/guard/context_parts.h"
#include "permission/literal_pattern.h"
#include "permission/path_binding.h"
#include "permission/permission.h"
#include "permission/policy.h"
#include "permission/proto/context_snapshot.h"
#include "permission/rule.h"
#include "permission/text/display.h"
#include "process/start_options.h"

namespace postern {
namespace plugins {
namespace {

// How many interpreters a script may have one after the other; as in Linux.
constexpr int kMaxInterpreters = 5;
// Beyond this many bytes a rule does not spell the arguments out.
constexpr size_t kMaxSpelledOut = 1000;

std::vector<std::string> Folders() { return {"/usr/bin", "/bin"}; }

Rule Granting(const char* permission, RulePattern pattern) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = *PermissionSet::Parse(permission);
  rule.pattern = std::move(pattern);
  rule.source.name = "approved call";
  return rule;
}

// The rules decide this start alone, so that arguments which are too long to be
// written down lose nothing.
Rule GrantingStart(const StartRequest& request) {
  std::vector<std::string> args;
  size_t bytes = 0;
  for (const std::string& arg : request.args) {
    args.push_back(LiteralArgument(arg));
    bytes += args.back().size() + 1;
  }
  if (bytes > kMaxSpelledOut || args.size() > 50) args = {"**"};
  return Granting("process.spawn",
                  RulePattern::Command(LiteralProgram(request.program), args));
}

absl::StatusOr<std::vector<Rule>> RulesFor(
    const StartRequest& request, const std::vector<std::string>& interpreters) {
  absl::StatusOr<std::vector<Rule>> rules = PresetRules("runtime");
  if (!rules.ok()) return rules;
  for (const std::string& path : request.readable) {
    rules->push_back(Granting("fs.read", RulePattern::Text(LiteralPath(path))));
  }
  rules->push_back(GrantingStart(request));
  for (const std::string& interpreter : interpreters) {
    rules->push_back(
        Granting("process.spawn",
                 RulePattern::Command(LiteralProgram(interpreter), {"**"})));
  }
  return rules;
}

// Where the most specific rule wins, a new one could win over one that denies.
bool CouldOverrule(const Layer& layer, const Rule& rule) {
  return layer.precedence == Precedence::kMostSpecific &&
         std::any_of(layer.rules.begin(), layer.rules.end(),
                     [&](const Rule& old) {
                       return old.effect != Effect::kAllow &&
                              !(old.permissions & rule.permissions).empty();
                     });
}

void AddGrants(const std::vector<Rule>& grants, PolicySpec* spec) {
  for (Layer& layer : spec->layers) {
    if (layer.mode != Mode::kEnforce || layer.default_effect != Effect::kDeny) {
      continue;
    }
    const Layer before = layer;
    for (const Rule& rule : grants) {
      if (!CouldOverrule(before, rule)) layer.rules.push_back(rule);
    }
  }
}

// The policy bound to the files of now, but not to others than it was.
absl::StatusOr<std::shared_ptr<const Policy>> BuildRoot(
    const std::shared_ptr<const Policy>& policy,
    const std::vector<Rule>& grants) {
  PolicySpec spec = policy->spec();
  AddGrants(grants, &spec);
  PathBindingOptions binding;
  binding.program_folders = Folders();
  PolicyBuilder builder(std::move(spec));
  if (policy->unconfined()) {
    builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  }
  return builder
      .Bind(std::move(binding), policy->binding() != nullptr ? policy : nullptr)
      .Build();
}

absl::Status Narrow(const Policy& policy, const std::vector<Rule>& grants,
                    PermissionContext* context) {
  PolicySpec spec = policy.spec();
  AddGrants(grants, &spec);
  absl::StatusOr<std::shared_ptr<const Policy>> built =
      PolicyBuilder(std::move(spec)).Build();
  if (!built.ok()) return built.status();
  return context->RestrictTo(*std::move(built));
}

// `parts` of a snapshot: what a context dropped is one of them.
absl::StatusOr<std::shared_ptr<PermissionContext>> ContextOf(
    const internal::ContextParts& parts, const TakenUp& taken,
    const std::vector<Rule>& grants) {
  absl::StatusOr<std::shared_ptr<const Policy>> root =
      BuildRoot(parts.policies[0], grants);
  if (!root.ok()) return root.status();
  ContextOptions options;
  options.base_directory = taken.base_directory;
  absl::StatusOr<RootContext> made =
      PermissionContext::Create(*std::move(root), std::move(options));
  if (!made.ok()) return made.status();
  for (size_t i = 1; i < parts.policies.size(); ++i) {
    absl::Status status =
        Narrow(*parts.policies[i], grants, made->context.get());
    if (!status.ok()) return status;
  }
  return made->context;
}

absl::StatusOr<std::unique_ptr<ConfinedLauncher>> MakeLauncher(
    const TakenUp& taken, const StartRequest& request,
    const std::vector<std::string>& interpreters,
    const process::KernelCaps& caps) {
  absl::StatusOr<std::vector<Rule>> grants = RulesFor(request, interpreters);
  if (!grants.ok()) return grants.status();
  absl::StatusOr<std::shared_ptr<PermissionContext>> context =
      ContextOf(internal::PartsOf(*taken.context), taken, *grants);
  if (!context.ok()) return context.status();
  ConfinedLauncherOptions options;
  options.caps = caps;
  options.commands.program_folders = Folders();
  options.commands.base_directory = "/";
  // The program is nobody's that was told of Postern, and the copy would tell
  // it what else is granted.
  options.pass_policy = false;
  return ConfinedLauncher::Create(*std::move(context), std::move(options));
}

absl::StatusOr<SpawnResult<ConfinedCommand>> Prepare(
    ConfinedLauncher* launcher, const StartRequest& request,
    absl::Time deadline) {
  SpawnRequest spawn;
  spawn.program = request.program;
  spawn.args = request.args;
  absl::StatusOr<SpawnResult<ConfinedCommand>> prepared =
      launcher->Prepare(spawn, process::StartOptions(), deadline);
  // By the name that was approved, unless an interpreter is what starts.
  if (!prepared.ok() || !prepared->ok()) return prepared;
  internal::CommandParts& parts = internal::PartsOf(&**prepared);
  if (parts.command.decided.size() == 1) parts.plan.argv[0] = request.program;
  return prepared;
}

absl::Status Denied(const SpawnStatus& status, const StartRequest& request) {
  const std::string name = internal::QuoteForDisplay(request.program);
  if (!status.denied() && fs::IsShortage(status.error_number)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("program ", name,
                     " was not looked for: too few descriptors or too "
                     "little memory"));
  }
  if (!status.denied() || status.refusal == SpawnRefusal::kUnreadable) {
    return absl::NotFoundError(
        absl::StrCat("program ", name, " cannot be read"));
  }
  return absl::PermissionDeniedError(
      absl::StrCat("process.spawn of ", name, " is denied (",
                   RefusalCode(status.refusal), ")"));
}

}  // namespace

absl::StatusOr<PreparedStart> PrepareConfined(const PermissionContext& context,
                                              const StartRequest& request,
                                              const process::KernelCaps& caps,
                                              absl::Time deadline) {
  absl::StatusOr<fs::FileDescriptor> sealed = SealSnapshot(context);
  if (!sealed.ok()) return sealed.status();
  absl::StatusOr<TakenUp> taken = TakeUpSnapshot(sealed->get());
  if (!taken.ok()) return taken.status();
  std::vector<std::string> interpreters;
  for (;;) {
    absl::StatusOr<std::unique_ptr<ConfinedLauncher>> launcher =
        MakeLauncher(*taken, request, interpreters, caps);
    if (!launcher.ok()) return launcher.status();
    absl::StatusOr<SpawnResult<ConfinedCommand>> prepared =
        Prepare(launcher->get(), request, deadline);
    if (!prepared.ok()) return prepared.status();
    if (prepared->ok()) {
      return PreparedStart{*std::move(launcher), std::move(**prepared)};
    }
    // What runs a script is part of it, unless a rule is against that.
    const SpawnStatus& status = prepared->status();
    const std::string& next = status.command.program;
    const bool is_new = std::find(interpreters.begin(), interpreters.end(),
                                  next) == interpreters.end();
    if (status.refusal != SpawnRefusal::kRules ||
        status.command.because_of.empty() || !is_new ||
        interpreters.size() >= kMaxInterpreters) {
      return Denied(status, request);
    }
    interpreters.push_back(next);
  }
}

absl::StatusOr<ConfinedCommand> PrepareAgain(ConfinedLauncher* launcher,
                                             const StartRequest& request,
                                             absl::Time deadline) {
  absl::StatusOr<SpawnResult<ConfinedCommand>> prepared =
      Prepare(launcher, request, deadline);
  if (!prepared.ok()) return prepared.status();
  if (!prepared->ok()) return Denied(prepared->status(), request);
  return std::move(**prepared);
}

EnforcementLevel HeldTo(const ConfinedCommand& command,
                        const process::KernelCaps& caps) {
  if (caps.landlock_abi == 0) return EnforcementLevel::kNone;
  return Require(EnforcementLevel::kFull,
                 internal::PartsOf(command).confinement->report)
                 .ok()
             ? EnforcementLevel::kFull
             : EnforcementLevel::kPartial;
}

}  // namespace plugins
}  // namespace postern
