#ifndef POSTERN_TESTS_BINDINGS_CLI_EXEC_PROGRAM_H_
#define POSTERN_TESTS_BINDINGS_CLI_EXEC_PROGRAM_H_

#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {

// Whether the kernel has Landlock, without which files are held by nobody.
inline bool HasLandlock() {
  constexpr long kCreateRuleset = 444;
  constexpr unsigned kVersion = 1;
  return syscall(kCreateRuleset, nullptr, 0, kVersion) > 0;
}

// Runs "postern exec" with these options and command.
inline ProgramRun Exec(std::vector<std::string> options,
                       const std::vector<std::string>& command,
                       const std::string& variable = "") {
  options.insert(options.begin(), "exec");
  options.push_back("--");
  options.insert(options.end(), command.begin(), command.end());
  ProgramOptions how;
  how.environment["PATH"] = "/usr/bin:/bin:.";
  how.environment["POSTERN_TEST_SECRET"] = variable;
  return RunPostern(options, how);
}

// A shell that may run with what follows "-c", and read what nearly all do.
inline ProgramRun Shell(std::vector<std::string> options,
                        const std::string& text,
                        const std::string& variable = "") {
  options.push_back("--preset");
  options.push_back("runtime");
  options.push_back("--allow-process-spawn=/bin/sh **");
  options.push_back("--allow-fs-read=/bin/sh");
  return Exec(options, {"/bin/sh", "-c", text}, variable);
}

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_CLI_EXEC_PROGRAM_H_
