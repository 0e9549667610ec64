// postern-python: one script, as a guest. `postern python` starts it under the
// kernel's rules and hands the policy on; by itself it reads a policy's file,
// and then the library alone holds the script.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/host/policy_files.h"
#include "bindings/host/program_folders.h"
#include "bindings/python/guest.h"
#include "bindings/python/interpreter.h"
#include "bindings/python/library_folder.h"

namespace {

using postern::python::Error;
using postern::python::Guest;
using postern::python::MayReadVariable;

constexpr char kUsage[] =
    "usage: postern-python [--policy FILE]... [--plain-errors] SCRIPT "
    "[ARGUMENT...]\n"
    "Runs a Python script as a guest. Without --policy it must have been\n"
    "started by \"postern python\", which confines it in the kernel as well.\n";

struct Options {
  std::vector<std::string> policies;
  bool plain_errors = false;
  std::vector<std::string> words;
};

int Fail(absl::string_view what) {
  fprintf(stderr, "postern-python: %.*s\n", static_cast<int>(what.size()),
          what.data());
  return 125;
}

bool ReadOptions(int argc, char** argv, Options* options) {
  int at = 1;
  for (; at < argc && argv[at][0] == '-' && argv[at][1] != '\0'; ++at) {
    const absl::string_view option = argv[at];
    if (option == "--plain-errors") {
      options->plain_errors = true;
    } else if (option == "--policy" && at + 1 < argc) {
      options->policies.emplace_back(argv[++at]);
    } else if (option == "--") {
      ++at;
      break;
    } else {
      return false;
    }
  }
  options->words.assign(argv + at, argv + argc);
  return !options->words.empty();
}

std::string WorkingDirectory() {
  char buffer[PATH_MAX];
  return getcwd(buffer, sizeof(buffer)) == nullptr ? "/" : buffer;
}

// Leaves in the process's environment what the guest may read: the interpreter
// copies it, and what C libraries read of it is the guest's as well.
void FilterEnvironment(Guest* guest) {
  std::vector<std::string> removed;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string variable = *one;
    std::string name = variable.substr(0, variable.find('='));
    if (MayReadVariable(guest->context, name)) {
      guest->environment.push_back(variable);
    } else {
      removed.push_back(std::move(name));
    }
  }
  for (const std::string& name : removed) (void)unsetenv(name.c_str());
  if (getenv("HOME") == nullptr) {
    (void)putenv(const_cast<char*>(postern::python::kNoHome));
  }
}

postern_status MakeOperations(Guest* guest, postern_error* error) {
  const std::string base = WorkingDirectory();
  postern_files_options files = {};
  files.struct_size = sizeof(files);
  files.base_directory = {base.data(), base.size()};
  postern_status status =
      postern_files_new(guest->context, &files, &guest->files, error);
  postern_network_options network = {};
  network.struct_size = sizeof(network);
  network.files = guest->files;
  if (status == POSTERN_OK) {
    status =
        postern_network_new(guest->context, &network, &guest->network, error);
  }
  std::vector<postern_bytes> environment;
  // For programs that others start by bare names (nice(1)).
  const std::vector<std::string> folders =
      postern::host::ProgramFolders("/usr/bin:/bin");
  std::vector<postern_bytes> program_folders;
  for (const std::string& one : folders) {
    program_folders.push_back({one.data(), one.size()});
  }
  for (const std::string& one : guest->environment) {
    environment.push_back({one.data(), one.size()});
  }
  postern_commands_options commands = {};
  commands.struct_size = sizeof(commands);
  commands.program_folders = program_folders.data();
  commands.program_folder_count = program_folders.size();
  commands.environment = environment.data();
  commands.environment_count = environment.size();
  commands.base_directory = {base.data(), base.size()};
  commands.files = guest->files;
  if (status != POSTERN_OK) return status;
  return postern_commands_new(guest->context, &commands, &guest->commands,
                              error);
}

// The policy that this process was started with, or that of the files.
bool FindContext(const Options& options, Guest* guest, std::string* why) {
  const Error error;
  if (!options.policies.empty()) {
    if (postern::host::ContextOfFiles(options.policies, &guest->context,
                                      error.get()) == POSTERN_OK) {
      return true;
    }
  } else if (postern_context_take_up(nullptr, &guest->context, error.get()) ==
             POSTERN_OK) {
    guest->confined = true;
    return true;
  }
  *why = error.message();
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!ReadOptions(argc, argv, &options)) {
    fputs(kUsage, stderr);
    return 125;
  }
  // Never freed: the interpreter's functions need it until the process ends.
  auto* const guest = new Guest;
  std::string why;
  if (!FindContext(options, guest, &why)) return Fail(why);
  guest->names_rules = !options.plain_errors;
  guest->own_modules = std::string(postern::python::kModulesFolder) + "/";
  FilterEnvironment(guest);
  const Error error;
  if (MakeOperations(guest, error.get()) != POSTERN_OK) {
    return Fail(error.message());
  }
  return postern::python::RunScript(guest, argv[0], options.words);
}
