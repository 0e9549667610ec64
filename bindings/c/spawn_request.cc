#include "bindings/c/spawn_request.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/guarded.h"
#include "bindings/c/handles.h"
#include "permission/guard/guarded_process.h"

namespace postern {
namespace c {

absl::Status ReadCommand(const postern_start& start, SpawnRequest* request) {
  std::vector<std::string> words;
  absl::string_view directory;
  absl::Status status = ReadStrings(start.argv, start.argc, "argv", &words);
  if (status.ok() && words.empty()) {
    status = absl::InvalidArgumentError("start: argv names no program");
  }
  if (status.ok()) {
    status = ReadStrings(start.environment, start.environment_count,
                         "a variable", &request->environment);
  }
  if (status.ok()) status = ReadBytes(start.directory, "directory", &directory);
  if (!status.ok()) return status;
  if (!directory.empty()) request->directory = std::string(directory);
  request->program = std::move(words[0]);
  request->args.assign(words.begin() + 1, words.end());
  return status;
}

absl::Status ReadSurroundings(const postern_context& context,
                              const postern_commands_options& options,
                              GuardedProcessOptions* out) {
  absl::string_view base;
  absl::Status status =
      ReadStrings(options.program_folders, options.program_folder_count,
                  "a program folder", &out->program_folders);
  if (status.ok()) {
    status = ReadStrings(options.environment, options.environment_count,
                         "a variable", &out->environment);
  }
  if (status.ok()) status = ReadBytes(options.base_directory, "base", &base);
  if (!status.ok()) return status;
  out->base_directory =
      base.empty() ? BaseDirectoryOf(context) : std::string(base);
  if (options.files == nullptr) return status;
  if (options.files->context != SharedContext(context).get()) {
    return absl::InvalidArgumentError(
        "options: the files are another context's");
  }
  out->files = options.files->fs;
  return status;
}

}  // namespace c
}  // namespace postern
