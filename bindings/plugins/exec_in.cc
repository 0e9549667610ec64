#include "bindings/plugins/exec_in.h"

#include <algorithm>
#include <string>
#include <utility>

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

absl::StatusOr<Value> Run(const ExecInOptions& options,
                          const PluginCall& call) {
  ProgramRequest request;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const std::string* const text = call.args[i].text();
    if (text == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("argument ", i + 1, " is not text"));
    }
    if (i == 0) {
      request.program = *text;
    } else {
      request.args.push_back(*text);
    }
  }
  request.directory = call.directory;
  request.max_output_bytes = options.output_bytes;
  request.deadline = std::min(call.deadline, absl::Now() + options.time);
  absl::StatusOr<ProgramResult> result = RunProgram(request);
  if (!result.ok()) return result.status();
  return ToValue(*std::move(result));
}

}  // namespace

host::Plugin MakeExecIn(const ExecInOptions& options) {
  host::PluginFunction run;
  run.name = "run";
  run.parameters = {"program", "*args"};
  run.nature = host::Nature::kWrite;
  run.description = "runs a program and gives back what it printed";
  run.handler = [options](const PluginCall& call) {
    return Run(options, call);
  };
  host::Plugin plugin;
  plugin.id = "exec.in";
  plugin.description = "runs programs of this machine";
  plugin.functions.push_back(std::move(run));
  return plugin;
}

}  // namespace plugins
}  // namespace postern
