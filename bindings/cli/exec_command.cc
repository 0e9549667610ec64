#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bindings/cli/app_target.h"
#include "bindings/cli/attend_child.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/exec_records.h"
#include "bindings/cli/launch_options.h"
#include "bindings/cli/output.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/record_file.h"
#include "bindings/cli/store.h"
#include "permission/approval/approval.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/preset.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "permission/text/display.h"
#include "process/kernel_caps.h"
#include "process/launcher.h"

namespace postern {
namespace cli {
namespace {

// As shells and env(1) have them.
constexpr ExitCode kNotStarted = static_cast<ExitCode>(125);
constexpr ExitCode kStartDenied = static_cast<ExitCode>(126);
constexpr ExitCode kNoProgram = static_cast<ExitCode>(127);

ExitCode Tell(const absl::Status& status, ExitCode code) {
  // Rows that are not held far enough are a line each.
  for (const absl::string_view line :
       absl::StrSplit(status.message(), '\n', absl::SkipWhitespace())) {
    PrintError(absl::StripAsciiWhitespace(line));
  }
  return code;
}

// The absolute folders of PATH: the working directory is none.
std::vector<std::string> ProgramFolders() {
  const char* const path = getenv("PATH");
  std::vector<std::string> folders;
  for (absl::string_view folder :
       absl::StrSplit(path == nullptr ? "" : path, ':')) {
    if (absl::StartsWith(folder, "/")) folders.emplace_back(folder);
  }
  return folders;
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

void Append(std::vector<Rule> more, std::vector<Rule>* rules) {
  for (Rule& rule : more) rules->push_back(std::move(rule));
}

// What is approved for an app, and its folder as the place where names start.
absl::Status AddApproved(Arguments* arguments, std::vector<Rule>* rules) {
  const absl::StatusOr<AppTarget> target = ReadAppTarget(arguments->app);
  if (!target.ok()) return target.status();
  const absl::StatusOr<std::string> path = StorePath(arguments->store);
  if (!path.ok()) return path.status();
  const absl::StatusOr<ApprovalState> state = ReadState(*path, target->app);
  if (!state.ok()) return state.status();
  if (!state->approval) return NothingApproved(target->app);
  Approval approval = *state->approval;
  if (target->in) {
    const absl::Status place = CheckPlace(*target->in, *state);
    if (!place.ok()) return place;
    approval = LimitToManifest(approval, target->in->manifest);
  }
  Append(ApprovalRules(approval), rules);
  if (arguments->base.empty() && absl::StartsWith(approval.place, "/")) {
    arguments->base = approval.place;
  }
  return absl::OkStatus();
}

// Beside those of the command line: of presets, and what is approved.
absl::Status AddRules(Arguments* arguments) {
  std::vector<Rule>* const rules = &arguments->flags.layer.rules;
  for (const std::string& name : arguments->presets) {
    absl::StatusOr<std::vector<Rule>> preset = PresetRules(name);
    if (!preset.ok()) return preset.status();
    Append(*std::move(preset), rules);
  }
  return arguments->app.empty() ? absl::OkStatus()
                                : AddApproved(arguments, rules);
}

// Names are bound to the files of now, bare names of programs to those of PATH.
absl::StatusOr<std::shared_ptr<PermissionContext>> BoundContext(
    const LoadedPolicy& loaded) {
  PathBindingOptions binding;
  binding.program_folders = ProgramFolders();
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(loaded.policy->spec()).Bind(std::move(binding)).Build();
  if (!policy.ok()) return policy.status();
  absl::StatusOr<RootContext> root =
      NewContext(*std::move(policy), loaded.base);
  if (!root.ok()) return root.status();
  return std::move(root->context);
}

absl::StatusOr<EnforcementLevel> RequiredLevel(const std::string& text) {
  if (text.empty()) return EnforcementLevel::kNone;
  for (const EnforcementLevel level :
       {EnforcementLevel::kPartial, EnforcementLevel::kFull}) {
    if (text == LevelName(level)) return level;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--require takes full or partial, not ",
                   internal::QuoteForDisplay(text)));
}

// What a standard descriptor would let a program do beside all rules; "" for
// files, pipes, terminals and sockets that are connected.
std::string TroubleWith(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return "";  // closed: it becomes /dev/null
  if (S_ISDIR(info.st_mode)) return "a directory, which could be listed";
  if (!S_ISSOCK(info.st_mode)) return "";
  sockaddr_storage peer;
  socklen_t size = sizeof(peer);
  return getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0
             ? ""
             : "a socket that is not connected, which could reach anywhere";
}

absl::Status CheckInherited() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const std::string trouble = TroubleWith(fd);
    if (trouble.empty()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("descriptor ", fd, " is ", trouble, "; redirect it, as ",
                     fd, fd == STDIN_FILENO ? "<" : ">", "/dev/null"));
  }
  return absl::OkStatus();
}

SpawnRequest RequestFor(const std::vector<std::string>& words) {
  SpawnRequest request;
  request.program = words[0];
  request.args.assign(words.begin() + 1, words.end());
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    SpawnFile file;
    file.number = file.from = fd;
    request.files.push_back(std::move(file));
  }
  return request;
}

// What the command line says, read and checked; nothing has begun.
struct Job {
  std::shared_ptr<PermissionContext> context;
  ConfinedLauncherOptions options;
  process::LaunchPlan wishes;  // limits, nice, identity
  RecordFile report, usage;
};

absl::StatusOr<Job> ReadJob(const Arguments& given) {
  if (given.words.empty()) {
    return absl::InvalidArgumentError(
        "no program is given; put it behind \"--\", as: postern exec "
        "--policy app.textproto -- /usr/bin/du -s /srv");
  }
  Job job;
  absl::Status status = ReadLaunchOptions(given, &job.wishes);
  const absl::StatusOr<EnforcementLevel> level = RequiredLevel(given.require);
  if (status.ok()) status = level.status();
  absl::StatusOr<RecordFile> report = RecordFile::Open(given.report);
  if (status.ok()) status = report.status();
  absl::StatusOr<RecordFile> usage = RecordFile::Open(given.usage);
  if (status.ok()) status = usage.status();
  if (status.ok()) status = CheckInherited();
  Arguments arguments = given;
  if (status.ok()) status = AddRules(&arguments);
  if (!status.ok()) return status;
  const absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(arguments);
  if (!loaded.ok()) return loaded.status();
  PrintWarnings(loaded->warnings);
  absl::StatusOr<std::shared_ptr<PermissionContext>> context =
      BoundContext(*loaded);
  if (!context.ok()) return context.status();
  job.context = *std::move(context);
  job.report = *std::move(report);
  job.usage = *std::move(usage);
  job.options.caps = process::DetectKernelCaps();
  job.options.require = *level;
  job.options.lower.masks = given.masks;
  job.options.commands.program_folders = ProgramFolders();
  job.options.commands.environment = OwnEnvironment();
  job.options.commands.base_directory = loaded->base;
  return job;
}

// A terminal stays the program's, with its keys.
process::Session SessionHere() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (isatty(fd) != 0) return process::Session::kShared;
  }
  return process::Session::kOwn;
}

void AddWishes(const process::LaunchPlan& wishes, process::LaunchPlan* plan) {
  plan->limits = wishes.limits;
  plan->nice = wishes.nice;
  plan->identity = wishes.identity;
  plan->grace = wishes.grace;
  plan->session = SessionHere();
}

ExitCode TellRefusal(const PermissionContext& context,
                     const SpawnStatus& status) {
  const absl::StatusOr<Explanation> explained = ExplainSpawn(context, status);
  PrintError(explained.ok()
                 ? absl::StrCat("denied: ", explained->operation, " ",
                                explained->resource, "; ", explained->remedy)
                 : status.ToString());
  return !status.denied() && status.error_number == ENOENT ? kNoProgram
                                                           : kStartDenied;
}

absl::StatusOr<ExitCode> RunCommand(const RecordFile& usage,
                                    const process::LaunchPlan& plan) {
  const SignalTaker signals;
  absl::StatusOr<process::Child> child = process::Launch(plan);
  if (!child.ok()) return Tell(child.status(), kNotStarted);
  const absl::StatusOr<process::ChildEvent> end =
      AttendChild(signals, plan.session == process::Session::kShared, &*child);
  if (!end.ok()) return Tell(end.status(), kNotStarted);
  const absl::Status written = WriteUsage(usage, *child, *end);
  if (!written.ok()) PrintError(written.message());
  if (end->signal == SIGSYS) {
    PrintError(
        "the program was ended for a system call of another architecture or "
        "kind, which no program here may make");
  }
  if (!end->reached.empty() || end->ended_by_limit) {
    PrintError(absl::StrCat("the program ", process::EventText(*end)));
  }
  return static_cast<ExitCode>(end->exit_status);
}

}  // namespace

absl::StatusOr<ExitCode> Exec(const Arguments& arguments, Output* out) {
  absl::StatusOr<Job> job = ReadJob(arguments);
  if (!job.ok()) return job.status();
  const absl::StatusOr<std::unique_ptr<ConfinedLauncher>> launcher =
      ConfinedLauncher::Create(job->context, job->options);
  if (!launcher.ok()) return Tell(launcher.status(), kNotStarted);
  absl::StatusOr<SpawnResult<ConfinedCommand>> prepared =
      (*launcher)->Prepare(RequestFor(arguments.words));
  if (!prepared.ok()) return Tell(prepared.status(), kNotStarted);
  if (!prepared->ok()) return TellRefusal(*job->context, prepared->status());
  ConfinedCommand& command = **prepared;
  AddWishes(job->wishes, &command.plan);
  const absl::Status reported =
      WriteReport(arguments.report, job->report, command.confinement->report);
  if (!reported.ok()) return Tell(reported, kNotStarted);
  if (!arguments.dry_run) return RunCommand(job->usage, command.plan);
  out->Print(DryRunText(command));
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
