#include "bindings/plugins/exec_in.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bindings/plugins/run_program.h"

namespace postern {
namespace plugins {
namespace {

using host::PluginCall;
using host::Value;

Value ToValue(ProgramResult result) {
  return Value::OfRecord({
      {"status", Value::Integer(result.status)},
      {"stdout", Value::Bytes(std::move(result.output))},
      {"stderr", Value::Bytes(std::move(result.error_output))},
      {"truncated", Value::Bool(result.truncated)},
      {"timed_out", Value::Bool(result.timed_out)},
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

// Runs texts[first] with what follows it.
absl::StatusOr<Value> Run(const ExecInOptions& options, const PluginCall& call,
                          std::vector<std::string> texts, size_t first,
                          int directory) {
  ProgramRequest request;
  if (texts.size() > first) {
    request.program = texts[first];
    request.args.assign(texts.begin() + first + 1, texts.end());
  }
  request.directory = directory;
  request.max_output_bytes = options.output_bytes;
  request.deadline = std::min(call.deadline, absl::Now() + options.time);
  absl::StatusOr<ProgramResult> result = RunProgram(request);
  if (!result.ok()) return result.status();
  return ToValue(*std::move(result));
}

absl::StatusOr<Value> RunAnywhere(const ExecInOptions& options,
                                  const PluginCall& call) {
  absl::StatusOr<std::vector<std::string>> texts = Texts(call);
  if (!texts.ok()) return texts.status();
  return Run(options, call, *std::move(texts), 0, -1);
}

absl::StatusOr<Value> RunIn(const ExecInOptions& options,
                            const PluginCall& call) {
  absl::StatusOr<std::vector<std::string>> texts = Texts(call);
  if (!texts.ok()) return texts.status();
  const std::string folder = texts->empty() ? "" : (*texts)[0];
  if (folder.empty() || folder.find('\0') != folder.npos ||
      (folder[0] != '/' && call.directory < 0)) {
    return absl::InvalidArgumentError("argument 1 is no folder");
  }
  // A relative one is in the app's own.
  const int fd = openat(call.directory < 0 ? AT_FDCWD : call.directory,
                        folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::NotFoundError("argument 1 is no folder");
  absl::StatusOr<Value> value = Run(options, call, *std::move(texts), 1, fd);
  close(fd);
  return value;
}

}  // namespace

host::Plugin MakeExecIn(const ExecInOptions& options) {
  host::PluginFunction run;
  run.name = "run";
  run.parameters = {"program", "*args"};
  run.nature = host::Nature::kWrite;
  run.description = "runs a program and gives back what it printed";
  run.handler = [options](const PluginCall& call) {
    return RunAnywhere(options, call);
  };
  host::PluginFunction run_in;
  run_in.name = "run_in";
  run_in.parameters = {"folder", "program", "*args"};
  run_in.nature = host::Nature::kWrite;
  run_in.description = "the same, and the program starts in a folder";
  run_in.handler = [options](const PluginCall& call) {
    return RunIn(options, call);
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
