#include "bindings/plugins/exec_in.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "bindings/c/bridge.h"
#include "bindings/plugins/confined_start.h"
#include "bindings/plugins/remembered_starts.h"
#include "bindings/plugins/run_program.h"
#include "fs/base/file_descriptor.h"
#include "permission/access.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "permission/rule.h"

namespace postern {
namespace plugins {
namespace {

using host::PluginCall;
using host::Value;

// How exec.in is set up; for all of its calls.
struct Setup {
  ExecInOptions options;
  std::shared_ptr<RememberedStarts> starts;
};

Value ToValue(ProgramResult result, EnforcementLevel confined) {
  return Value::OfRecord({
      {"status", Value::Integer(result.status)},
      {"stdout", Value::Bytes(std::move(result.output))},
      {"stderr", Value::Bytes(std::move(result.error_output))},
      {"truncated", Value::Bool(result.truncated)},
      {"timed_out", Value::Bool(result.timed_out)},
      {"confined", Value::Bytes(std::string(LevelName(confined)))},
  });
}

absl::StatusOr<std::vector<std::string>> Texts(const PluginCall& call) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const std::string* const text = call.args[i].text();
    if (text == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("argument ", i + 1, " is not text"));
    }
    texts.push_back(*text);
  }
  return texts;
}

// Where a name leads; "" if nowhere.
std::string CanonicalName(const std::string& name) {
  const std::unique_ptr<char, decltype(&free)> real(
      realpath(name.c_str(), nullptr), &free);
  return real == nullptr ? "" : real.get();
}

// A call of exec.in in progress.
class ExecCall {
 public:
  ExecCall(const Setup& setup, absl::string_view function,
           const PluginCall& call, std::vector<std::string> texts)
      : setup_(setup),
        function_(absl::StrCat("exec.in.", function)),
        call_(call),
        texts_(std::move(texts)),
        context_(c::ContextOf(call.context)) {}

  // Runs texts[first] with what follows it. `directory` was approved as well.
  absl::StatusOr<Value> Run(size_t first, int directory) {
    ProgramRequest request;
    if (texts_.size() > first) {
      request.program = texts_[first];
      request.args.assign(texts_.begin() + first + 1, texts_.end());
    }
    request.directory = directory;
    request.max_output_bytes = setup_.options.output_bytes;
    request.deadline =
        std::min(call_.deadline, absl::Now() + setup_.options.time);
    const absl::Status status = CheckProgram(request);
    if (!status.ok()) return status;
    // A host's own call, which is under no rules.
    if (context_ == nullptr) return Finish(request, EnforcementLevel::kNone);
    return RunConfined(std::move(request));
  }

 private:
  absl::StatusOr<Value> RunConfined(ProgramRequest request) const {
    StartRequest start;
    start.program = request.program;
    start.args = request.args;
    start.readable = Readable(request.directory);
    const absl::StatusOr<ConfinedCommand> command =
        setup_.starts->Prepare(context_, start, request.deadline);
    if (!command.ok()) return command.status();
    request.plan = internal::PartsOf(*command).plan;
    return Finish(request, HeldTo(*command, setup_.starts->caps()));
  }

  static absl::StatusOr<Value> Finish(const ProgramRequest& request,
                                      EnforcementLevel confined) {
    absl::StatusOr<ProgramResult> result = RunProgram(request);
    if (!result.ok()) return result.status();
    return ToValue(*std::move(result), confined);
  }

  // What the call names, and the folder that it starts in.
  std::vector<std::string> Readable(int directory) const {
    std::vector<std::string> names;
    for (size_t i = 0; i < texts_.size(); ++i) {
      const bool is_path = IsPath(i);
      if (!is_path && !IsSpelledOut(i)) continue;
      AddReadable(i, CanonicalName(texts_[i]), is_path, &names);
    }
    if (directory < 0) return names;
    AddReadable(0, CanonicalName(absl::StrCat("/proc/self/fd/", directory)),
                IsPath(0), &names);
    return names;
  }

  // Of an argument that was judged as a path: a link could lead out of what the
  // rule is for. What a rule spells out is where that leads.
  void AddReadable(size_t argument, std::string name, bool is_path,
                   std::vector<std::string>* names) const {
    if (name.empty()) return;
    if (is_path && name != texts_[argument] && !Grants(argument, name)) return;
    names->push_back(std::move(name));
  }

  bool IsPath(size_t argument) const {
    return std::find(call_.paths.begin(), call_.paths.end(), argument) !=
           call_.paths.end();
  }

  // An absolute name in whose place the rules take no other one beneath it:
  // they say it, and "*" does not.
  bool IsSpelledOut(size_t argument) const {
    const std::string& text = texts_[argument];
    return !text.empty() && text[0] == '/' && Grants(argument, text) &&
           !Grants(argument, absl::StrCat(text, "/\x01"));
  }

  // Whether the call would be granted with `text` in place of an argument.
  bool Grants(size_t argument, const std::string& text) const {
    std::vector<CallArg> args;
    for (size_t i = 0; i < texts_.size(); ++i) {
      args.push_back(CallArg{i == argument ? text : texts_[i]});
    }
    CallView call;
    call.function = function_;
    call.args = args;
    return context_->Check(Access::Call(call)).effect() != Effect::kDeny;
  }

  const Setup& setup_;
  const std::string function_;
  const PluginCall& call_;
  const std::vector<std::string> texts_;
  const std::shared_ptr<PermissionContext> context_;
};

absl::StatusOr<Value> RunAnywhere(const Setup& setup, const PluginCall& call) {
  absl::StatusOr<std::vector<std::string>> texts = Texts(call);
  if (!texts.ok()) return texts.status();
  return ExecCall(setup, "run", call, *std::move(texts)).Run(0, -1);
}

absl::StatusOr<Value> RunIn(const Setup& setup, const PluginCall& call) {
  absl::StatusOr<std::vector<std::string>> texts = Texts(call);
  if (!texts.ok()) return texts.status();
  const std::string folder = texts->empty() ? "" : (*texts)[0];
  if (folder.empty() || folder.find('\0') != folder.npos ||
      (folder[0] != '/' && call.directory < 0)) {
    return absl::InvalidArgumentError("argument 1 is no folder");
  }
  // A relative one is in the app's own.
  const fs::FileDescriptor fd(
      openat(call.directory < 0 ? AT_FDCWD : call.directory, folder.c_str(),
             O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return absl::NotFoundError("argument 1 is no folder");
  return ExecCall(setup, "run_in", call, *std::move(texts)).Run(1, fd.get());
}

}  // namespace

host::Plugin MakeExecIn(const ExecInOptions& options) {
  const Setup setup = {options, std::make_shared<RememberedStarts>()};
  host::PluginFunction run;
  run.name = "run";
  run.parameters = {"program", "*args"};
  run.nature = host::Nature::kWrite;
  run.description = "runs a program and gives back what it printed";
  run.handler = [setup](const PluginCall& call) {
    return RunAnywhere(setup, call);
  };
  host::PluginFunction run_in;
  run_in.name = "run_in";
  run_in.parameters = {"folder", "program", "*args"};
  run_in.nature = host::Nature::kWrite;
  run_in.description = "the same, and the program starts in a folder";
  run_in.handler = [setup](const PluginCall& call) {
    return RunIn(setup, call);
  };
  host::Plugin plugin;
  plugin.id = "exec.in";
  plugin.description = "runs programs of this machine";
  plugin.functions.push_back(std::move(run));
  plugin.functions.push_back(std::move(run_in));
  return plugin;
}

}  // namespace plugins
}  // namespace postern
