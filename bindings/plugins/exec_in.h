#ifndef POSTERN_BINDINGS_PLUGINS_EXEC_IN_H_
#define POSTERN_BINDINGS_PLUGINS_EXEC_IN_H_

#include <cstddef>

#include "absl/time/time.h"
#include "bindings/host/catalog.h"

namespace postern {
namespace plugins {

struct ExecInOptions {
  absl::Duration time = absl::Seconds(10);
  size_t output_bytes = 1 << 20;
};

// The plugin "exec.in" with one function, run(program, args...), which starts
// a program in the app's directory (run_program.h) and gives back a record:
// status, stdout, stderr, truncated, timed_out. All arguments must be text.
// Which programs and arguments are granted is the policy's word: a program
// that starts others (a shell, env, find) can start anything.
host::Plugin MakeExecIn(const ExecInOptions& options = ExecInOptions());

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_EXEC_IN_H_
