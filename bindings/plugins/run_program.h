#ifndef POSTERN_BINDINGS_PLUGINS_RUN_PROGRAM_H_
#define POSTERN_BINDINGS_PLUGINS_RUN_PROGRAM_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "process/launch_plan.h"

namespace postern {
namespace plugins {

struct ProgramRequest {
  std::string program;            // a bare name; looked up in /usr/bin, /bin
  std::vector<std::string> args;  // without the name
  // The folder to start in; -1 = an empty folder that nobody can write to.
  // Borrowed.
  int directory = -1;
  size_t max_output_bytes = 1 << 20;  // of standard output and error, each
  absl::Time deadline = absl::InfiniteFuture();
  // How it is confined, and its limits: what the plan says of steps that are
  // not said here. Its variables, directory and wall time are this request's,
  // and its program, arguments and descriptors too unless it has a program.
  process::LaunchPlan plan;
};

struct ProgramResult {
  int status = 0;  // exit status; 128 + signal if it was ended by one
  std::string output;
  std::string error_output;
  bool truncated = false;  // more was written than is kept
  bool timed_out = false;
};

// Runs a program without a shell and waits for it. It gets the environment
// PATH=/usr/bin:/bin LC_ALL=C LANG=C, an empty standard input, no further
// descriptors (a script its own), default signals, a session of its own, and
// never more rights than this process (PR_SET_NO_NEW_PRIVS). The empty folder
// is /proc/tty/ldisc, or "/" where there is no such one: what a program reads
// from the folder that it starts in (Makefile, .git/config) is nobody's to put
// there.
//
// At the deadline, when it ends, and when this process ends, however that
// happens, the program and all that it started are killed, daemons too. That,
// and the right status, depends neither on what this process does with SIGCHLD
// and its children nor on its being stopped (process/launcher.h).
//
// InvalidArgument for a name or argument with NUL, and for too much of them;
// NotFound for a name that is no bare name or no program on the path; Internal
// if the system refuses, as it may the folder, or somebody kills the keeper.
// Safe in programs with threads: between fork and exec there are system calls
// only.
absl::StatusOr<ProgramResult> RunProgram(const ProgramRequest& request);

// The error of RunProgram() for a request that is wrong, or whose program is
// not there. Starts nothing.
absl::Status CheckProgram(const ProgramRequest& request);

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_RUN_PROGRAM_H_
