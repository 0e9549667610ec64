#include <errno.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "permission/backstop/confined_launcher.h"
#include "process/capture.h"
#include "process/kernel_caps.h"
#include "process/launcher.h"
#include "tests/conformance/drivers/cxx_host.h"

extern char** environ;

namespace {

using postern::ConfinedCommand;
using postern::SpawnRequest;

// Decides and opens; false with the answer.
bool Prepare(const Trial& t, const SpawnRequest& request,
             ConfinedCommand* command) {
  postern::ConfinedLauncherOptions options;
  options.commands.program_folders = {"/usr/bin", "/bin"};
  options.commands.base_directory = t.folder;
  options.commands.files = t.by.files;
  for (char** one = environ; *one != nullptr; ++one) {
    options.commands.environment.emplace_back(*one);
  }
  options.caps = postern::process::DetectKernelCaps();
  options.probe = false;
  auto launcher =
      postern::ConfinedLauncher::Create(t.by.context, std::move(options));
  if (!launcher.ok()) return t.AnswerErrno(EINVAL, false);
  auto prepared = (*launcher)->Prepare(request);
  if (!prepared.ok()) {
    t.Tell(prepared.status().ToString());
    return t.AnswerErrno(EINVAL, false);
  }
  const postern::SpawnStatus& status = prepared->status();
  const bool invalid = status.refusal == postern::SpawnRefusal::kInvalid;
  if (!t.AnswerErrno(status.error_number, status.denied() && !invalid)) {
    return false;
  }
  *command = **std::move(prepared);
  return true;
}

void Run(const Trial& t, const SpawnRequest& request) {
  ConfinedCommand command;
  if (!Prepare(t, request, &command)) return;
  const auto ran = postern::process::RunCaptured(
      std::move(command.plan), postern::process::CaptureOptions());
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
  ConfinedCommand command;
  if (!Prepare(t, request, &command)) return;
  const auto child = postern::process::Launch(command.plan);
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
