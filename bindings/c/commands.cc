#include "bindings/c/postern/commands.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/c/callbacks.h"
#include "bindings/c/guarded.h"
#include "bindings/c/handles.h"
#include "bindings/c/spawn_outcome.h"
#include "permission/guard/guarded_process.h"
#include "permission/guard/spawn_status.h"
#include "permission/permission.h"

struct postern_commands {
  std::unique_ptr<const postern::GuardedProcess> commands;
};

struct postern_command {
  postern::CheckedCommand checked;
};

namespace postern {
namespace c {
namespace {

absl::Status ReadOptions(const postern_context& context,
                         const postern_commands_options* given,
                         GuardedProcessOptions* out) {
  postern_commands_options read = {};
  absl::string_view base;
  absl::Status status;
  if (given != nullptr) status = ReadStruct(given, "options", &read);
  if (status.ok()) {
    status = ReadStrings(read.program_folders, read.program_folder_count,
                         "a program folder", &out->program_folders);
  }
  if (status.ok()) {
    status = ReadStrings(read.environment, read.environment_count, "a variable",
                         &out->environment);
  }
  if (status.ok()) status = ReadBytes(read.base_directory, "base", &base);
  if (!status.ok()) return status;
  out->base_directory =
      base.empty() ? BaseDirectoryOf(context) : std::string(base);
  out->scripts_by_name = true;
  if (read.files == nullptr) return status;
  if (read.files->context != context.holder->context.get()) {
    return absl::InvalidArgumentError(
        "options: the files are another context's");
  }
  out->files = read.files->fs;
  return status;
}

absl::Status ReadRequest(const postern_start* given, const char* directory,
                         size_t size, SpawnRequest* request) {
  if (given == nullptr) return NullError("start");
  postern_start read = {};
  absl::string_view folder;
  std::vector<std::string> words;
  absl::Status status = ReadStruct(given, "start", &read);
  if (status.ok() && (read.descriptor_count != 0 || read.share_session != 0 ||
                      read.reserved != 0)) {
    status = absl::InvalidArgumentError(
        "start: only argv and environment are for commands");
  }
  if (status.ok()) status = ReadStrings(read.argv, read.argc, "argv", &words);
  if (status.ok() && words.empty()) {
    status = absl::InvalidArgumentError("start: argv names no program");
  }
  if (status.ok()) {
    status = ReadStrings(read.environment, read.environment_count, "a variable",
                         &request->environment);
  }
  if (status.ok()) status = ReadBytes(directory, size, "directory", &folder);
  if (!status.ok()) return status;
  request->program = std::move(words[0]);
  request->args.assign(words.begin() + 1, words.end());
  if (!folder.empty()) request->directory = std::string(folder);
  return status;
}

Outcome Prepare(const postern_commands& commands, const postern_start* start,
                const char* directory, size_t size, absl::Time deadline,
                postern_command** out) {
  SpawnRequest request;
  const absl::Status status = ReadRequest(start, directory, size, &request);
  if (!status.ok()) return OutcomeOf(status);
  SpawnResult<CheckedCommand> prepared =
      commands.commands->Prepare(request, deadline);
  if (!prepared.ok()) return OutcomeOfSpawn(prepared.status());
  *out = new postern_command{*std::move(prepared)};
  return Outcome();
}

const char* ItemOut(const std::vector<std::string>& items, size_t index,
                    size_t* size) {
  return TextOut(index < items.size() ? &items[index] : nullptr, size);
}

}  // namespace

Outcome OutcomeOfSpawn(const SpawnStatus& status) {
  Outcome outcome;
  outcome.status = status.denied() ? POSTERN_DENIED : POSTERN_SYSTEM;
  outcome.message = status.ToString();
  outcome.error_number = status.error_number;
  outcome.permission = Permission::kProcessSpawn;
  outcome.subject = status.command.program;
  if (!status.denied()) return outcome;
  outcome.refusal = RefusalCode(status.refusal);
  outcome.decision = status.decision;
  outcome.spawn = std::make_shared<const SpawnStatus>(status);
  return outcome;
}

}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_commands_new(postern_context* context,
                                    const postern_commands_options* options,
                                    postern_commands** commands,
                                    postern_error* error) {
  if (commands != nullptr) *commands = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (commands == nullptr) return NullError("commands");
    postern::GuardedProcessOptions read;
    const absl::Status status = ReadOptions(*context, options, &read);
    if (!status.ok()) return status;
    auto made = postern::GuardedProcess::Create(SharedContext(*context),
                                                std::move(read));
    if (!made.ok()) return made.status();
    *commands = new postern_commands{*std::move(made)};
    return absl::OkStatus();
  });
}

void postern_commands_free(postern_commands* commands) { delete commands; }

postern_status postern_commands_prepare(
    const postern_commands* commands, const postern_start* start,
    const char* directory, size_t directory_size, int64_t deadline_unix_ns,
    postern_command** command, postern_error* error) {
  if (command != nullptr) *command = nullptr;
  return GuardOperation(error, [&] {
    if (commands == nullptr) return OutcomeOf(NullError("commands"));
    if (command == nullptr) return OutcomeOf(NullError("command"));
    return Prepare(*commands, start, directory, directory_size,
                   TimeFromC(deadline_unix_ns), command);
  });
}

void postern_command_free(postern_command* command) { delete command; }

int32_t postern_command_program(const postern_command* command) {
  return command == nullptr ? -1 : command->checked.program.get();
}

int32_t postern_command_directory(const postern_command* command) {
  return command == nullptr ? -1 : command->checked.directory.get();
}

const char* postern_command_argument(const postern_command* command,
                                     size_t index, size_t* size) {
  if (command == nullptr) return TextOut(nullptr, size);
  return ItemOut(command->checked.argv, index, size);
}

const char* postern_command_variable(const postern_command* command,
                                     size_t index, size_t* size) {
  if (command == nullptr) return TextOut(nullptr, size);
  return ItemOut(command->checked.environment, index, size);
}
