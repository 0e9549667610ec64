#include "bindings/cli/confined_run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
#include "bindings/cli/exec_records.h"
#include "bindings/cli/launch_options.h"
#include "bindings/cli/store.h"
#include "bindings/host/program_folders.h"
#include "permission/approval/approval.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/preset.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "permission/text/display.h"
#include "process/start_options.h"

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
    PolicySpec spec, const std::string& base) {
  PathBindingOptions binding;
  binding.program_folders = host::ProgramFolders();
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(std::move(spec)).Bind(std::move(binding)).Build();
  if (!policy.ok()) return policy.status();
  absl::StatusOr<RootContext> root = NewContext(*std::move(policy), base);
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

// Of a socket; -1 if it has no such option.
int OptionOf(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// Datagrams can be sent elsewhere, whatever their socket is connected to.
std::string TroubleWithSocket(int fd) {
  const int type = OptionOf(fd, SO_TYPE), domain = OptionOf(fd, SO_DOMAIN);
  if (type == SOCK_DGRAM) {
    return "a socket of datagrams, which could reach anywhere";
  }
  if ((type != SOCK_STREAM && type != SOCK_SEQPACKET) ||
      (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6)) {
    return "a socket of another kind than streams of TCP and unix sockets";
  }
  sockaddr_storage peer;
  socklen_t size = sizeof(peer);
  return getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0
             ? ""
             : "a socket that is not connected, which could reach anywhere";
}

// What a standard descriptor would let a program do beside all rules; "" for
// files, pipes, terminals and connected sockets of streams.
std::string TroubleWith(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return "";  // closed: it becomes /dev/null
  if (S_ISDIR(info.st_mode)) return "a directory, which could be listed";
  return S_ISSOCK(info.st_mode) ? TroubleWithSocket(fd) : "";
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

// Whom the start is decided for: the guest, with what the runtime needs.
absl::StatusOr<std::shared_ptr<PermissionContext>> StartContext(
    const ConfinedRun& run, const std::vector<Rule>& more) {
  if (more.empty()) return run.context;
  PolicySpec spec = run.loaded.policy->spec();
  for (Layer& layer : spec.layers) {
    if (layer.default_effect == Effect::kAllow) continue;
    Append(more, &layer.rules);
  }
  return BoundContext(std::move(spec), run.loaded.base);
}

SpawnRequest RequestFor(const RunParts& parts) {
  SpawnRequest request;
  request.program = parts.words[0];
  request.args.assign(parts.words.begin() + 1, parts.words.end());
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const bool replaced =
        std::any_of(parts.files.begin(), parts.files.end(),
                    [fd](const SpawnFile& file) { return file.number == fd; });
    if (replaced) continue;
    SpawnFile file;
    file.number = file.from = fd;
    request.files.push_back(std::move(file));
  }
  request.files.insert(request.files.end(), parts.files.begin(),
                       parts.files.end());
  return request;
}

// Whether somebody reads the report, or asks it for a level.
bool NeedsReport(const ConfinedRun& run) {
  return run.require != EnforcementLevel::kNone ||
         !run.arguments.report.empty() || run.arguments.dry_run;
}

ConfinedLauncherOptions LauncherOptions(const ConfinedRun& run,
                                        const RunParts& parts) {
  ConfinedLauncherOptions options;
  // What is required is looked for in the whole report, once it is written.
  options.probe = NeedsReport(run);
  if (!options.probe) options.lower.regions.link_entries = 0;  // takes a while
  options.identity = run.identity;
  options.lower.masks = run.arguments.masks;
  options.lower.hosts = parts.hosts;
  options.commands.program_folders = host::ProgramFolders();
  options.commands.environment = OwnEnvironment();
  options.commands.base_directory = run.loaded.base;
  options.passed = run.context;
  return options;
}

absl::string_view NameOf(absl::string_view variable) {
  return variable.substr(0, variable.find('='));
}

// In place of variables with the same names.
void SetVariables(const std::vector<std::string>& set,
                  std::vector<std::string>* environment) {
  for (const std::string& variable : set) {
    const auto is_it = [&](const std::string& other) {
      return NameOf(other) == NameOf(variable);
    };
    environment->erase(
        std::remove_if(environment->begin(), environment->end(), is_it),
        environment->end());
    environment->push_back(variable);
  }
}

process::StartOptions StartOf(const ConfinedRun& run, const RunParts& parts) {
  process::StartOptions start = run.start;
  start.session = SharesTerminal() && !parts.own_session
                      ? process::Session::kShared
                      : process::Session::kOwn;
  start.shares_memory = true;  // the command keeps the rights that it has
  return start;
}

ExitCode TellRefusal(const PermissionContext& context,
                     const SpawnStatus& status) {
  const absl::StatusOr<Explanation> explained = ExplainSpawn(context, status);
  PrintError(explained.ok()
                 ? absl::StrCat("denied: ", explained->operation, " ",
                                explained->resource, "; ", explained->remedy)
                 : status.ToString());
  // A bare name is invalid where PATH has no folder to look for it.
  const bool looked_for =
      !status.denied() || status.refusal == SpawnRefusal::kInvalid;
  return looked_for && status.error_number == ENOENT ? kNoProgram
                                                     : kStartDenied;
}

absl::StatusOr<ExitCode> RunCommand(const RecordFile& usage,
                                    const RunParts& parts,
                                    ConfinedCommand* command) {
  const SignalTaker signals;
  const process::Session session = internal::PartsOf(*command).plan.session;
  absl::StatusOr<process::Child> child = command->Start();
  if (!child.ok()) return Tell(child.status(), kNotStarted);
  const absl::StatusOr<process::ChildEvent> end =
      parts.attend
          ? parts.attend(signals, &*child)
          : AttendChild(signals, session == process::Session::kShared, &*child);
  if (!end.ok()) return Tell(end.status(), kNotStarted);
  const absl::Status written = WriteUsage(usage, *child, *end);
  if (!written.ok()) PrintError(written.message());
  if (end->signal == SIGSYS) {
    PrintError(
        "the program was ended for a system call of another architecture or "
        "kind, which no program here may make");
  }
  if (!end->reached.empty() || end->ended_by_limit ||
      !process::NearLimits(*end).empty()) {
    PrintError(absl::StrCat("the program ", process::EventText(*end)));
  }
  return static_cast<ExitCode>(end->exit_status);
}

// Before the rest, which would tell of the program.
absl::Status CheckBase(const std::string& base) {
  struct stat info;
  int error = base.empty() || stat(base.c_str(), &info) == 0 ? 0 : errno;
  if (error == 0 && !base.empty() && !S_ISDIR(info.st_mode)) error = ENOTDIR;
  if (error == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot start in ", internal::QuoteForDisplay(base), ": ",
                   absl::AsciiStrToLower(strerror(error)),
                   "; name a folder that is there with --base"));
}

absl::StatusOr<SpawnResult<ConfinedCommand>> PrepareRun(
    const ConfinedRun& run, const RunParts& parts,
    const std::shared_ptr<PermissionContext>& context) {
  const absl::Status base = CheckBase(run.loaded.base);
  if (!base.ok()) return base;
  const absl::StatusOr<std::unique_ptr<ConfinedLauncher>> launcher =
      ConfinedLauncher::Create(context, LauncherOptions(run, parts));
  if (!launcher.ok()) return launcher.status();
  const SpawnRequest request = RequestFor(parts);
  const process::StartOptions start = StartOf(run, parts);
  return run.arguments.dry_run ? (*launcher)->Preview(request, start)
                               : (*launcher)->Prepare(request, start);
}

// The confinement's report, and what the adapter has to say. Limits are tried,
// which makes a cgroup beside that of the start.
EnforcementReport WholeReport(const ConfinedCommand& command,
                              const RunParts& parts) {
  EnforcementReport report = command.Report();
  report.facts.insert(report.facts.end(), parts.facts.begin(),
                      parts.facts.end());
  report.rows.insert(report.rows.end(), parts.rows.begin(), parts.rows.end());
  return report;
}

// Before anything is started: fails where less is held than is required, and
// the report says what that is.
absl::StatusOr<EnforcementReport> CheckedReport(const ConfinedRun& run,
                                                const ConfinedCommand& command,
                                                const RunParts& parts) {
  if (!NeedsReport(run)) return EnforcementReport();
  EnforcementReport report = WholeReport(command, parts);
  absl::Status status = WriteReport(run.arguments.report, run.report, report);
  if (status.ok()) status = Require(run.require, report);
  if (!status.ok()) return status;
  return report;
}

}  // namespace

absl::StatusOr<ConfinedRun> ReadConfinedRun(const Arguments& arguments) {
  ConfinedRun run;
  run.arguments = arguments;
  absl::Status status = ReadLaunchOptions(arguments, &run.start, &run.identity);
  const absl::StatusOr<EnforcementLevel> level =
      RequiredLevel(arguments.require);
  if (status.ok()) status = level.status();
  absl::StatusOr<RecordFile> report = RecordFile::Open(arguments.report);
  if (status.ok()) status = report.status();
  absl::StatusOr<RecordFile> usage = RecordFile::Open(arguments.usage);
  if (status.ok()) status = usage.status();
  if (status.ok()) status = CheckInherited();
  if (status.ok()) status = AddRules(&run.arguments);
  if (!status.ok()) return status;
  absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(run.arguments);
  if (!loaded.ok()) return loaded.status();
  PrintWarnings(loaded->warnings);
  absl::StatusOr<std::shared_ptr<PermissionContext>> context =
      BoundContext(loaded->policy->spec(), loaded->base);
  if (!context.ok()) return context.status();
  run.require = *level;
  run.loaded = *std::move(loaded);
  run.context = *std::move(context);
  run.report = *std::move(report);
  run.usage = *std::move(usage);
  return run;
}

absl::StatusOr<ExitCode> RunConfined(const ConfinedRun& run,
                                     const RunParts& parts, Output* out) {
  const absl::StatusOr<std::shared_ptr<PermissionContext>> context =
      StartContext(run, parts.rules);
  if (!context.ok()) return context.status();
  absl::StatusOr<SpawnResult<ConfinedCommand>> prepared =
      PrepareRun(run, parts, *context);
  if (!prepared.ok()) return Tell(prepared.status(), kNotStarted);
  if (!prepared->ok()) return TellRefusal(**context, prepared->status());
  ConfinedCommand& command = **prepared;
  SetVariables(parts.environment,
               &internal::PartsOf(&command).plan.environment);
  const absl::StatusOr<EnforcementReport> report =
      CheckedReport(run, command, parts);
  if (!report.ok()) return Tell(report.status(), kNotStarted);
  if (!run.arguments.dry_run) {
    return RunCommand(run.usage, parts, &command);
  }
  out->Print(absl::StrCat(command.Describe(), "\n", ReportToText(*report)));
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
