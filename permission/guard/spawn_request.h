#ifndef POSTERN_PERMISSION_GUARD_SPAWN_REQUEST_H_
#define POSTERN_PERMISSION_GUARD_SPAWN_REQUEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/guarded_fs.h"
#include "fs/options.h"

namespace postern {

// A descriptor that a started program is to get (posix_spawn(3), file actions).
struct SpawnFile {
  int number = -1;  // in the program
  // Opened for it, as the guest may; else a duplicate of `from`, the host's.
  absl::optional<std::string> path;
  fs::OpenIntent intent;
  int from = -1;
};

// What a guest wants started. Plain data. The program's own name (argv[0]) is
// no choice of the guest's, as some programs do what that name says: it is the
// canonical name, or the one asked for if a rule is written with it.
struct SpawnRequest {
  // A path, absolute or relative to the base directory, or a bare name, looked
  // for in GuardedProcessOptions::program_folders.
  std::string program;
  std::vector<std::string> args;          // behind the program's own name
  std::vector<std::string> environment;   // NAME=value that the guest sets
  std::vector<SpawnFile> files;           // 0 to 2 too: none is inherited
  absl::optional<std::string> directory;  // none: the base directory
};

// The spawn that a shell string is: of /bin/sh with that text as argument. No
// rule for a program in the text matches it.
SpawnRequest ShellRequest(absl::string_view text);

// Borrowed pointers may be null.
struct GuardedProcessOptions {
  // The host's PATH: absolute folders, in order. A bare name is the first
  // program there that the rules grant.
  std::vector<std::string> program_folders;
  // What programs inherit (NAME=value), as far as env.read allows each. What
  // the guest sets is as env.write allows.
  std::vector<std::string> environment;
  // Variables that may steer a program (process/environment.h) all the same.
  std::vector<std::string> may_steer;
  // Where relative names start; "" = the policy's own.
  std::string base_directory;
  // For files and directories of requests; null: such requests are refused.
  std::shared_ptr<const fs::GuardedFs> files;
  // A script is given to its interpreter by name, and not as /dev/fd/N: the
  // interpreter knows its folder then, and who may replace the file meanwhile
  // replaces what runs.
  bool scripts_by_name = false;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_SPAWN_REQUEST_H_
