#include "permission/guard/guarded_process.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "fs/handle.h"
#include "fs/status.h"
#include "permission/guard/command_resolver.h"
#include "permission/guard/path_monitor.h"
#include "permission/guard/program_opener.h"
#include "permission/path_binding.h"
#include "permission/policy.h"

namespace postern {
namespace {

using internal::ResolvedCommand;

// The first number that is tried for a script: 0 to 9 are what shells let their
// users redirect.
constexpr int kFirstScriptNumber = 10;

bool HasNul(absl::string_view text) { return text.find('\0') != text.npos; }

absl::string_view NameOf(absl::string_view variable) {
  return variable.substr(0, variable.find('='));
}

enum class Purpose { kStart, kPreview };

// One preparation. Borrows all.
class Preparation {
 public:
  Preparation(const std::shared_ptr<PermissionContext>& context,
              const GuardedProcessOptions& options, const SpawnRequest& request,
              Purpose purpose, internal::ProgramOpener* opener)
      : context_(context),
        options_(options),
        request_(request),
        purpose_(purpose),
        opener_(*opener) {}

  SpawnResult<CheckedCommand> Run(absl::Time deadline) {
    SpawnStatus status = CheckRequest();
    if (!status.ok()) return status;
    internal::CommandResolver resolver(context_, options_, &opener_);
    SpawnResult<ResolvedCommand> resolved =
        resolver.Resolve(request_.program, request_.args);
    if (!resolved.ok()) return std::move(resolved).status();
    status = CheckFiles();
    if (status.ok()) status = Decide(resolved->decided, deadline);
    if (status.ok()) status = OpenFiles();
    if (status.ok()) status = OpenDirectory();
    if (!status.ok()) return status;
    SetEnvironment();
    SetProgram(*std::move(resolved));
    return std::move(checked_);
  }

 private:
  DecidedCommand Asked() const {
    DecidedCommand command;
    command.program = request_.program;
    command.args = request_.args;
    return command;
  }
  SpawnStatus Invalid(std::string detail) const {
    return SpawnStatus::Refused(EINVAL, SpawnRefusal::kInvalid, Asked(),
                                std::move(detail));
  }

  SpawnStatus CheckRequest() const {
    if (request_.program.empty()) return Invalid("no program");
    bool nul = HasNul(request_.program);
    for (const std::string& arg : request_.args) nul = nul || HasNul(arg);
    if (nul) return Invalid("a NUL byte");
    std::set<int> numbers;
    for (const SpawnFile& file : request_.files) {
      if (file.number < 0 || !numbers.insert(file.number).second) {
        return Invalid("a descriptor's number is none, or there twice");
      }
    }
    return SpawnStatus();
  }

  SpawnStatus FileRefused(const fs::FsStatus& status,
                          absl::string_view name) const {
    SpawnStatus refused = SpawnStatus::Refused(
        status.error_number, SpawnRefusal::kFile, Asked(), std::string(name));
    refused.decision = DecisionOf(status.verdict);
    return refused;
  }

  SpawnStatus CheckPath(Permission permission, const std::string& path) const {
    const Decision decision = context_->Check(Access::Path(permission, path));
    const bool denied = purpose_ == Purpose::kPreview
                            ? !decision.allowed()
                            : decision.effect() == Effect::kDeny;
    if (!denied) return SpawnStatus();
    SpawnStatus status =
        SpawnStatus::Refused(decision.concealed() ? ENOENT : EACCES,
                             SpawnRefusal::kFile, Asked(), path);
    status.decision = decision;
    return status;
  }

  // Whether the files that are to be opened are granted, as far as that can be
  // told by their names: so that nothing is opened, or made, in vain.
  SpawnStatus CheckFiles() const {
    for (const SpawnFile& file : request_.files) {
      if (!file.path.has_value()) continue;
      if (options_.files == nullptr) {
        return Invalid("the host opens no files for programs");
      }
      using Mode = fs::OpenIntent::Access;
      for (const Permission permission :
           {Permission::kFsRead, Permission::kFsWrite}) {
        const bool unused = permission == Permission::kFsRead
                                ? file.intent.access == Mode::kWrite
                                : file.intent.access == Mode::kRead;
        if (unused) continue;
        const SpawnStatus status = CheckPath(permission, *file.path);
        if (!status.ok()) return status;
      }
    }
    return SpawnStatus();
  }

  // Asks, takes uses and tells the audit sink, of all commands together.
  SpawnStatus Decide(const std::vector<DecidedCommand>& commands,
                     absl::Time deadline) const {
    std::vector<Access> accesses;
    size_t decides = 0;
    const Decision decision =
        ViewFrom(commands, 0, &accesses, [&](absl::Span<const Access> all) {
          return purpose_ == Purpose::kPreview
                     ? context_->CheckAll(all, &decides)
                     : context_->EnforceAll(all, deadline, &decides);
        });
    if (decision.allowed()) return SpawnStatus();
    return SpawnStatus::Denied(
        decision, decides < commands.size() ? commands[decides] : Asked());
  }

  // Each view within the one before: what it points to lives no longer.
  static Decision ViewFrom(
      const std::vector<DecidedCommand>& commands, size_t i,
      std::vector<Access>* accesses,
      absl::FunctionRef<Decision(absl::Span<const Access>)> use) {
    if (i == commands.size()) return use(*accesses);
    Decision decision;
    commands[i].View([&](const Access& access) {
      accesses->push_back(access);
      decision = ViewFrom(commands, i + 1, accesses, use);
    });
    return decision;
  }

  // In place of what a preview does not open.
  static fs::FileDescriptor StandIn() {
    return fs::FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  }

  SpawnStatus OpenFiles() {
    for (const SpawnFile& file : request_.files) {
      if (!file.path.has_value()) {
        const int fd = fcntl(file.from, F_DUPFD_CLOEXEC, 0);
        if (fd < 0) return SpawnStatus::Error(errno, Asked());
        checked_.files.push_back({fs::FileDescriptor(fd), file.number});
        continue;
      }
      if (purpose_ == Purpose::kPreview) {
        checked_.files.push_back({StandIn(), file.number});
        continue;
      }
      fs::FsResult<fs::Handle> handle =
          options_.files->Open(*file.path, file.intent);
      if (!handle.ok()) return FileRefused(handle.status(), *file.path);
      // Guarded opens do not block; the program's own reads may.
      const int flags = fcntl(handle->fd(), F_GETFL);
      if (flags < 0 || fcntl(handle->fd(), F_SETFL, flags & ~O_NONBLOCK) < 0) {
        return SpawnStatus::Error(errno, Asked());
      }
      checked_.files.push_back(
          {fs::FileDescriptor(handle->Release()), file.number});
    }
    return SpawnStatus();
  }

  SpawnStatus OpenDirectory() {
    if (request_.directory.has_value()) {
      if (options_.files == nullptr) {
        return Invalid("the host opens no directories for programs");
      }
      if (purpose_ == Purpose::kPreview) {
        const SpawnStatus status =
            CheckPath(Permission::kFsRead, *request_.directory);
        checked_.directory = StandIn();
        return status;
      }
      fs::FsResult<fs::Handle> handle =
          options_.files->ChangeDirectory(*request_.directory);
      if (!handle.ok()) {
        return FileRefused(handle.status(), *request_.directory);
      }
      checked_.directory = fs::FileDescriptor(handle->Release());
      return SpawnStatus();
    }
    const std::string base = options_.base_directory.empty()
                                 ? context_->policy()->base_directory()
                                 : options_.base_directory;
    if (base.empty()) return SpawnStatus();
    checked_.directory = fs::FileDescriptor(
        open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (checked_.directory.valid()) return SpawnStatus();
    SpawnStatus status = SpawnStatus::Error(errno, Asked());
    status.detail = absl::StrCat("no folder to start in: ", base);
    return status;
  }

  bool MayTouch(Permission permission, absl::string_view name) const {
    return context_->Check(Access::Name(permission, name)).allowed();
  }
  bool MaySteer(absl::string_view name) const {
    return std::find(options_.may_steer.begin(), options_.may_steer.end(),
                     name) != options_.may_steer.end();
  }

  // What the guest sets comes before what is inherited.
  void SetEnvironment() {
    const auto may_steer = [this](absl::string_view name) {
      return MaySteer(name);
    };
    process::Environment set = process::FilterEnvironment(
        request_.environment,
        [this](absl::string_view name) {
          return MayTouch(Permission::kEnvWrite, name);
        },
        may_steer);
    std::set<absl::string_view> names;
    for (const std::string& variable : set.variables) {
      names.insert(NameOf(variable));
    }
    std::vector<std::string> rest;
    for (const std::string& variable : options_.environment) {
      if (names.count(NameOf(variable)) == 0) rest.push_back(variable);
    }
    process::Environment inherited = process::FilterEnvironment(
        rest,
        [this](absl::string_view name) {
          return MayTouch(Permission::kEnvRead, name);
        },
        may_steer);
    checked_.environment = set.variables;
    for (std::string& variable : inherited.variables) {
      checked_.environment.push_back(std::move(variable));
    }
    checked_.left_out = std::move(set.left_out);
    for (auto& left_out : inherited.left_out) {
      checked_.left_out.push_back(std::move(left_out));
    }
  }

  int FreeNumber() const {
    int number = kFirstScriptNumber;
    const auto taken = [&](const SpawnFile& file) {
      return file.number == number;
    };
    while (std::any_of(request_.files.begin(), request_.files.end(), taken)) {
      ++number;
    }
    return number;
  }

  std::string OwnName(const std::string& canonical) const {
    const std::shared_ptr<const Policy> policy = context_->policy();
    const PathBinding* const binding = policy->binding();
    const PathBinding::Bound* const bound =
        binding == nullptr ? nullptr : binding->Find(request_.program);
    return bound != nullptr && bound->canonical == canonical ? request_.program
                                                             : canonical;
  }

  void SetProgram(ResolvedCommand resolved) {
    if (resolved.script.valid()) {
      std::string name = resolved.script_name;
      if (!options_.scripts_by_name) {
        const int number = FreeNumber();
        name = absl::StrCat("/dev/fd/", number);
        checked_.files.push_back({std::move(resolved.script), number});
      }
      checked_.argv = std::move(resolved.before_script);
      checked_.argv.push_back(std::move(name));
    } else {
      checked_.argv.push_back(OwnName(resolved.program_name));
    }
    checked_.argv.insert(checked_.argv.end(), resolved.args.begin(),
                         resolved.args.end());
    checked_.program = std::move(resolved.program);
    checked_.program_name = std::move(resolved.program_name);
    checked_.decided = std::move(resolved.decided);
  }

  const std::shared_ptr<PermissionContext>& context_;
  const GuardedProcessOptions& options_;
  const SpawnRequest& request_;
  const Purpose purpose_;
  internal::ProgramOpener& opener_;
  CheckedCommand checked_;
};

SpawnResult<CheckedCommand> WithOpener(
    internal::ProgramOpeners* openers,
    absl::FunctionRef<SpawnResult<CheckedCommand>(internal::ProgramOpener*)>
        use) {
  absl::StatusOr<std::unique_ptr<internal::ProgramOpener>> opener =
      openers->Take();
  if (!opener.ok()) {
    return SpawnStatus::Refused(EACCES, SpawnRefusal::kInvalid,
                                DecidedCommand(),
                                std::string(opener.status().message()));
  }
  SpawnResult<CheckedCommand> checked = use(opener->get());
  openers->GiveBack(*std::move(opener));
  return checked;
}

}  // namespace

process::LaunchPlan CheckedCommand::ToPlan() const {
  process::LaunchPlan plan;
  plan.program = program.get();
  plan.program_name = program_name;
  plan.argv = argv;
  plan.environment = environment;
  for (const File& file : files) {
    plan.descriptors.push_back({file.fd.get(), file.number});
  }
  plan.directory = directory.get();
  return plan;
}

GuardedProcess::GuardedProcess(std::shared_ptr<PermissionContext> context,
                               GuardedProcessOptions options)
    : context_(std::move(context)),
      options_(std::move(options)),
      openers_(std::make_unique<internal::ProgramOpeners>(context_)) {}

GuardedProcess::~GuardedProcess() = default;

absl::StatusOr<std::unique_ptr<const GuardedProcess>> GuardedProcess::Create(
    std::shared_ptr<PermissionContext> context, GuardedProcessOptions options) {
  if (context == nullptr) {
    return absl::InvalidArgumentError("expected a context");
  }
  for (const std::string& folder : options.program_folders) {
    if (absl::StartsWith(folder, "/") && !HasNul(folder)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", folder, "\" in the search path of programs is no absolute name"));
  }
  if (context->policy()->binding() == nullptr) {
    return absl::FailedPreconditionError(
        "the policy is not bound to the file system, so that its rules would "
        "hold for other programs than they name; call PolicyBuilder::Bind() "
        "before Build()");
  }
  return absl::WrapUnique(
      new GuardedProcess(std::move(context), std::move(options)));
}

SpawnResult<CheckedCommand> GuardedProcess::Prepare(const SpawnRequest& request,
                                                    absl::Time deadline) const {
  return WithOpener(openers_.get(), [&](internal::ProgramOpener* opener) {
    return Preparation(context_, options_, request, Purpose::kStart, opener)
        .Run(deadline);
  });
}

SpawnResult<CheckedCommand> GuardedProcess::Preview(
    const SpawnRequest& request) const {
  return WithOpener(openers_.get(), [&](internal::ProgramOpener* opener) {
    return Preparation(context_, options_, request, Purpose::kPreview, opener)
        .Run(absl::InfinitePast());
  });
}

}  // namespace postern
