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
#include "bindings/c/spawn_request.h"
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
  absl::Status status;
  if (given != nullptr) status = ReadStruct(given, "options", &read);
  if (status.ok()) status = ReadSurroundings(context, read, out);
  out->scripts_by_name = true;
  return status;
}

absl::Status ReadRequest(const postern_start* given, SpawnRequest* request) {
  if (given == nullptr) return NullError("start");
  postern_start read = {};
  const absl::Status status = ReadStruct(given, "start", &read);
  if (!status.ok()) return status;
  if (read.descriptor_count != 0 || read.share_session != 0 ||
      read.reserved != 0) {
    return absl::InvalidArgumentError(
        "start: only argv, environment and directory are for commands");
  }
  return ReadCommand(read, request);
}

Outcome Prepare(const postern_commands& commands, const postern_start* start,
                absl::Time deadline, postern_command** out) {
  SpawnRequest request;
  const absl::Status status = ReadRequest(start, &request);
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

postern_status postern_commands_prepare(const postern_commands* commands,
                                        const postern_start* start,
                                        int64_t deadline_unix_ns,
                                        postern_command** command,
                                        postern_error* error) {
  if (command != nullptr) *command = nullptr;
  return GuardOperation(error, [&] {
    if (commands == nullptr) return OutcomeOf(NullError("commands"));
    if (command == nullptr) return OutcomeOf(NullError("command"));
    return Prepare(*commands, start, TimeFromC(deadline_unix_ns), command);
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
