#include "permission/guard/command_resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "fs/handle.h"
#include "fs/kernel.h"
#include "fs/status.h"
#include "permission/guard/denial_by_rule.h"
#include "permission/guard/path_monitor.h"
#include "permission/path_binding.h"
#include "permission/policy.h"
#include "process/program_file.h"
#include "process/wrappers.h"

namespace postern {
namespace internal {
namespace {

// Interpreters of interpreters and commands inside commands: the kernel takes
// five (exec_binprm() of fs/exec.c), and nobody means more.
constexpr int kMaxDepth = 5;

using Words = std::vector<std::string>;

absl::string_view LastComponent(absl::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool HasNul(absl::string_view text) { return text.find('\0') != text.npos; }

DecidedCommand MakeCommand(std::string program, Words args,
                           std::string because_of) {
  DecidedCommand command;
  command.program = std::move(program);
  command.args = std::move(args);
  command.because_of = std::move(because_of);
  return command;
}

// What follows the first argument that is taken for a program.
Words Behind(const Words& args, size_t at) {
  return Words(args.begin() + static_cast<ptrdiff_t>(at) + 1, args.end());
}

// All by which the absolute `path` is known.
void AddNames(const std::string& path, const Policy& policy, Words* names) {
  names->push_back(path);
  char* const real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return;
  names->push_back(real);
  free(real);
  struct stat st;
  if (policy.binding() == nullptr || stat(path.c_str(), &st) != 0) return;
  const std::vector<std::string>* const known =
      policy.binding()->FindProgramNames({st.st_dev, st.st_ino});
  if (known != nullptr) {
    names->insert(names->end(), known->begin(), known->end());
  }
}

std::string WhyUnknown(const process::InnerCommand& inner) {
  return inner.found == process::InnerCommand::Found::kUnknown
             ? absl::StrCat("what it starts cannot be told: ", inner.why)
             : "it is not known as a program that starts others";
}

}  // namespace

SpawnResult<ResolvedCommand> CommandResolver::Resolve(absl::string_view program,
                                                      Words args) {
  return ResolveAt(program, std::move(args), "", 0);
}

// Of a bare name the first that is granted. If none is, what is told is the
// first that there is: the others would surprise whoever reads it.
SpawnResult<ResolvedCommand> CommandResolver::ResolveAt(
    absl::string_view program, Words args, const std::string& because_of,
    int depth) {
  if (absl::StrContains(program, "/")) {
    return ResolvePath(std::string(program), std::move(args), because_of,
                       depth);
  }
  SpawnStatus status =
      SpawnStatus::Refused(ENOENT, SpawnRefusal::kInvalid,
                           MakeCommand(std::string(program), args, because_of),
                           "no folder to look for it");
  bool found = false;
  for (const std::string& folder : options_.program_folders) {
    if (program.empty() || program == "." || program == "..") break;
    const std::string path = absl::StrCat(folder, "/", program);
    SpawnResult<ResolvedCommand> resolved =
        ResolvePath(path, args, because_of, depth);
    // Perhaps it is here: another one must not start in its place.
    if (resolved.ok() || fs::IsShortage(resolved.status().error_number)) {
      return resolved;
    }
    if (found) continue;
    found = access(path.c_str(), F_OK) == 0;
    status = std::move(resolved).status();
  }
  return status;
}

SpawnResult<ResolvedCommand> CommandResolver::ResolvePath(
    const std::string& path, Words args, const std::string& because_of,
    int depth) {
  DecidedCommand command = MakeCommand(path, args, because_of);
  if (depth > kMaxDepth) {
    return SpawnStatus::Refused(ELOOP, SpawnRefusal::kInterpreter, command,
                                "too many programs that start each other");
  }
  SpawnResult<Opened> opened = Open(path, command);
  if (opened.ok()) {
    command.program = opened->name;
    return ResolveFile(*std::move(opened), std::move(command), depth);
  }
  if (opened.status().refusal != SpawnRefusal::kRules) {
    return std::move(opened).status();
  }
  return ResolveThrough(std::move(opened).status(), path, std::move(args),
                        because_of, depth);
}

// The command inside is named by its canonical path, so that the program finds
// no other one by that name.
SpawnResult<ResolvedCommand> CommandResolver::ResolveThrough(
    SpawnStatus denial, const std::string& path, Words args,
    const std::string& because_of, int depth) {
  using Found = process::InnerCommand::Found;
  DecidedCommand command = MakeCommand(path, args, because_of);
  command.through = true;
  SpawnResult<Opened> opened = Open(path, command);
  // By the file's own name: whoever made a link chose that one.
  const std::string name(LastComponent(
      opened.ok() ? opened->name : opened.status().command.program));
  const process::InnerCommand inner = process::FindInnerCommand(name, args);
  absl::optional<ResolvedCommand> inside;
  if (inner.found == Found::kAt) {
    SpawnResult<ResolvedCommand> resolved =
        ResolveAt(args[inner.at], Behind(args, inner.at), path, depth + 1);
    if (!resolved.ok()) {
      return opened.ok() ? std::move(resolved).status() : std::move(denial);
    }
    // Of a script its own name: the kernel starts its interpreter.
    command.args[inner.at] = resolved->script_name.empty()
                                 ? resolved->program_name
                                 : resolved->script_name;
    inside = *std::move(resolved);
    opened = Open(path, command);
  }
  if (!opened.ok() || LastComponent(opened->name) != name) return denial;
  command.program = opened->name;
  if (inner.found == Found::kNoWrapper || inner.found == Found::kUnknown) {
    return SpawnStatus::Refused(EACCES, SpawnRefusal::kUnknown,
                                std::move(command), WhyUnknown(inner));
  }
  SpawnResult<ResolvedCommand> outside =
      ResolveFile(*std::move(opened), std::move(command), depth);
  if (!outside.ok() || !inside.has_value()) return outside;
  for (DecidedCommand& decided : inside->decided) {
    outside->decided.push_back(std::move(decided));
  }
  return outside;
}

SpawnResult<ResolvedCommand> CommandResolver::ResolveFile(
    Opened opened, DecidedCommand command, int depth) {
  SpawnStatus status = JudgeFile(opened, command);
  if (!status.ok()) return status;
  const process::ProgramFile file = process::InspectProgram(opened.fd.get());
  using Kind = process::ProgramFile::Kind;
  switch (file.kind) {
    case Kind::kUnreadable:
      return SpawnStatus::Refused(file.error, SpawnRefusal::kUnreadable,
                                  std::move(command), "");
    case Kind::kLoader:
      return SpawnStatus::Refused(
          EACCES, SpawnRefusal::kLoader, std::move(command),
          "a loader starts whatever program its arguments name: name the "
          "program itself");
    case Kind::kOther:
      return SpawnStatus::Error(ENOEXEC, std::move(command));
    case Kind::kScript: {
      Words before = {file.interpreter};
      if (file.has_argument) before.push_back(file.argument);
      return ResolveScript(std::move(opened), std::move(command),
                           std::move(before), depth);
    }
    case Kind::kBinary:
      break;
  }
  ResolvedCommand resolved;
  resolved.program = std::move(opened.fd);
  resolved.program_name = std::move(opened.name);
  resolved.args = command.args;
  resolved.decided.push_back(std::move(command));
  return resolved;
}

// The interpreter is decided with the script's canonical name, and gets the
// open file.
SpawnResult<ResolvedCommand> CommandResolver::ResolveScript(
    Opened opened, DecidedCommand command, Words before, int depth) {
  if (before[0].empty() || before[0][0] != '/') {
    return SpawnStatus::Refused(EACCES, SpawnRefusal::kInterpreter,
                                std::move(command),
                                absl::StrCat("its interpreter \"", before[0],
                                             "\" is no absolute name"));
  }
  Words args(before.begin() + 1, before.end());
  args.push_back(opened.name);
  args.insert(args.end(), command.args.begin(), command.args.end());
  SpawnResult<ResolvedCommand> interpreter =
      ResolvePath(before[0], std::move(args), opened.name, depth + 1);
  if (!interpreter.ok()) return interpreter;
  ResolvedCommand resolved = *std::move(interpreter);
  if (resolved.script.valid()) {
    return SpawnStatus::Refused(EACCES, SpawnRefusal::kInterpreter,
                                std::move(command),
                                "its interpreter is a script itself");
  }
  resolved.script = std::move(opened.fd);
  resolved.script_name = std::move(opened.name);
  resolved.before_script = std::move(before);
  resolved.args = command.args;
  resolved.decided.insert(resolved.decided.begin(), std::move(command));
  return resolved;
}

SpawnResult<CommandResolver::Opened> CommandResolver::Open(
    const std::string& path, const DecidedCommand& command) const {
  if (HasNul(path)) {
    return SpawnStatus::Refused(EINVAL, SpawnRefusal::kInvalid, command, "");
  }
  std::vector<CallArg> args;
  for (const std::string& arg : command.args) args.push_back(CallArg{arg});
  fs::FsResult<fs::Handle> handle =
      opener_.Open(AbsoluteName(path), args, command.through);
  if (handle.ok()) {
    std::string name = handle->name();
    return Opened{fs::FileDescriptor(handle->Release()), std::move(name)};
  }
  const fs::FsStatus& status = handle.status();
  DecidedCommand refused = command;
  if (!status.canonical.empty()) refused.program = status.canonical;
  if (status.refusal == fs::Refusal::kMonitor) {
    return SpawnStatus::Denied(DecisionOf(status.verdict), std::move(refused));
  }
  if (!status.denied()) {
    return SpawnStatus::Error(status.error_number, std::move(refused));
  }
  return SpawnStatus::Refused(
      status.error_number, SpawnRefusal::kInvalid, std::move(refused),
      absl::StrCat("refused by ", fs::RefusalCode(status.refusal)));
}

std::string CommandResolver::AbsoluteName(const std::string& path) const {
  if (path.empty() || path[0] == '/') return path;
  const std::string base = options_.base_directory.empty()
                               ? context_->policy()->base_directory()
                               : options_.base_directory;
  return base.empty() ? path : absl::StrCat(base, "/", path);
}

SpawnStatus CommandResolver::JudgeFile(const Opened& opened,
                                       const DecidedCommand& command) const {
  fs::ObjectInfo info;
  const int error = fs::Inspect(opened.fd.get(), &info);
  if (error != 0) return SpawnStatus::Error(error, command);
  if (info.raw.stx_nlink == 0) {
    return SpawnStatus::Refused(EACCES, SpawnRefusal::kDeleted, command,
                                "the file has no name");
  }
  if (faccessat(opened.fd.get(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS) != 0) {
    return SpawnStatus::Error(errno, command);
  }
  SpawnStatus status = JudgeNames(opened, command);
  return status.ok() ? JudgeInner(opened, command) : status;
}

// Who allows a program that starts others allows what it starts, but for what a
// rule denies.
SpawnStatus CommandResolver::JudgeInner(const Opened& opened,
                                        const DecidedCommand& command) const {
  if (command.through) return SpawnStatus();  // decided in full
  std::string name(LastComponent(opened.name));
  Words args = command.args;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const process::InnerCommand inner = process::FindInnerCommand(name, args);
    if (inner.found != process::InnerCommand::Found::kAt) break;
    const std::string program = args[inner.at];
    args = Behind(args, inner.at);
    SpawnStatus status = JudgeDenied(MakeCommand(program, args, opened.name));
    if (!status.ok()) return status;
    name = std::string(LastComponent(program));
  }
  return SpawnStatus();
}

// By each name that the program may have: as it is asked for, where that leads
// now, and what rules call the file.
SpawnStatus CommandResolver::JudgeDenied(const DecidedCommand& command) const {
  Words names;
  if (absl::StrContains(command.program, "/")) {
    AddNames(AbsoluteName(command.program), *context_->policy(), &names);
  } else {
    for (const std::string& folder : options_.program_folders) {
      AddNames(absl::StrCat(folder, "/", command.program), *context_->policy(),
               &names);
    }
  }
  std::vector<CallArg> args;
  for (const std::string& arg : command.args) args.push_back(CallArg{arg});
  for (const std::string& name : names) {
    const Access access = Access::Command(name, args);
    const Decision decision =
        DenialByRule(*context_, access, /*operation=*/nullptr);
    if (decision.allowed()) continue;
    DecidedCommand denied = command;
    denied.program = name;
    return SpawnStatus::Denied(decision, std::move(denied));
  }
  return SpawnStatus();
}

// The name leads to the file that it led to when it was granted, and no other
// name of the file is denied.
SpawnStatus CommandResolver::JudgeNames(const Opened& opened,
                                        const DecidedCommand& command) const {
  const std::shared_ptr<const Policy> policy = context_->policy();
  const PathBinding* const binding = policy->binding();
  fs::ObjectInfo info;
  const int error = fs::Inspect(opened.fd.get(), &info);
  if (error != 0) return SpawnStatus::Error(error, command);
  if (binding == nullptr) {
    return SpawnStatus::Refused(EACCES, SpawnRefusal::kInvalid, command,
                                "the policy is not bound");
  }
  const absl::optional<fs::FileIdentity> bound =
      binding->FindProgram(opened.name);
  if (bound.has_value() && !(*bound == info.identity())) {
    return SpawnStatus::Refused(
        EACCES, SpawnRefusal::kReplaced, command,
        "the file is another one than when the policy was bound: approve it "
        "and bind the policy again");
  }
  const std::vector<std::string>* names =
      binding->FindProgramNames(info.identity());
  if (names == nullptr) return SpawnStatus();
  for (const std::string& name : *names) {
    DecidedCommand other = command;
    other.program = name;
    Decision decision;
    other.View([&](const Access& access) {
      decision = DenialByRule(*context_, access, /*operation=*/nullptr);
    });
    if (name != opened.name && !decision.allowed()) {
      return SpawnStatus::Denied(decision, std::move(other));
    }
  }
  return SpawnStatus();
}

}  // namespace internal
}  // namespace postern
