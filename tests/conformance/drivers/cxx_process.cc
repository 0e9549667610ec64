#include <errno.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/confined_launcher.h"
#include "process/capture.h"
#include "tests/conformance/drivers/cxx_host.h"

extern char** environ;

namespace {

using postern::ConfinedCommand;
using postern::SpawnRequest;

// Decides and opens; nothing with the answer.
absl::optional<ConfinedCommand> Prepare(const Trial& t,
                                        const SpawnRequest& request) {
  postern::ConfinedLauncherOptions options;
  options.commands.program_folders = {"/usr/bin", "/bin"};
  options.commands.base_directory = t.folder;
  options.commands.files = t.by.files;
  for (char** one = environ; *one != nullptr; ++one) {
    options.commands.environment.emplace_back(*one);
  }
  options.probe = false;
  auto launcher =
      postern::ConfinedLauncher::Create(t.by.context, std::move(options));
  if (!launcher.ok()) {
    t.AnswerErrno(EINVAL, false);
    return absl::nullopt;
  }
  auto prepared = (*launcher)->Prepare(request);
  if (!prepared.ok()) {
    t.Tell(prepared.status().ToString());
    t.AnswerErrno(EINVAL, false);
    return absl::nullopt;
  }
  const postern::SpawnStatus& status = prepared->status();
  const bool invalid = status.refusal == postern::SpawnRefusal::kInvalid;
  if (!t.AnswerErrno(status.error_number, status.denied() && !invalid)) {
    return absl::nullopt;
  }
  return **std::move(prepared);
}

void Run(const Trial& t, const SpawnRequest& request) {
  const absl::optional<ConfinedCommand> command = Prepare(t, request);
  if (!command) return;
  const auto ran =
      postern::process::RunCaptured(postern::internal::PartsOf(*command).plan,
                                    postern::process::CaptureOptions());
  if (!ran.ok()) {
    t.Tell(ran.status().ToString());
    t.to.verdict = FAILED;
    return;
  }
  t.Tell(ran->output);
}

SpawnRequest RequestOf(const attempt& a) {
  SpawnRequest request;
  if (a.argc > 0) request.program = std::string(Trial::Text(a.argv[0]));
  for (size_t i = 1; i < a.argc; ++i) {
    request.args.emplace_back(Trial::Text(a.argv[i]));
  }
  for (size_t i = 0; i < a.environment_count; ++i) {
    request.environment.emplace_back(Trial::Text(a.environment[i]));
  }
  if (a.cwd.size > 0) request.directory = std::string(Trial::Text(a.cwd));
  return request;
}

void Kill(const Trial& t, pid_t pid) {
  const postern::SignalStatus status = t.by.signals->Kill(pid, t.a.signal);
  t.AnswerErrno(status.error_number, status.denied);
}

void KillChild(const Trial& t) {
  SpawnRequest request;
  request.program = "/usr/bin/sleep";
  request.args = {"30"};
  absl::optional<ConfinedCommand> command = Prepare(t, request);
  if (!command) return;
  const auto child = command->Start();
  if (!child.ok()) {
    t.to.verdict = FAILED;
    return;
  }
  t.by.signals->Add(child->pid(), child->pidfd(), "@children");
  Kill(t, child->pid());
  t.by.signals->Remove(child->pid());
}

}  // namespace

bool TryProcess(const Trial& trial) {
  const absl::string_view op = Trial::Text(trial.a.op);
  const absl::string_view pid = Trial::Text(trial.a.pid);
  if (op == "process.spawn") return Run(trial, RequestOf(trial.a)), true;
  if (op == "process.shell") {
    return Run(trial, postern::ShellRequest(Trial::Text(trial.a.code))), true;
  }
  if (op != "process.signal") return false;
  if (pid == "child") return KillChild(trial), true;
  const pid_t number = pid == "self" ? getpid()
                       : pid == "parent"
                           ? getppid()
                           : static_cast<pid_t>(trial.a.pid_number);
  Kill(trial, number);
  return true;
}
