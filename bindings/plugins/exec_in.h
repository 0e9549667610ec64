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

// The plugin "exec.in". run(program, args...) runs a program (run_program.h) in
// an empty folder: many programs run what the folder says that they start in.
// run_in(folder, program, args...) starts it in a folder, which is an argument
// like the others: asked for, shown, approved and decided with them. Both give
// back a record: status, stdout, stderr, truncated, timed_out, confined. All
// arguments must be text. Which programs and arguments are granted is the
// policy's word.
//
// The program is confined (permission/backstop) to what the call's context
// grants, and for this start to itself with these arguments, to what programs
// need to run (preset "runtime"), and to reading the folder and the arguments
// that a rule judged as paths or spells out as absolute names. Rules that deny
// it by process.spawn hold. `confined` is how much of that the kernel holds:
// "full", "partial", or "none" if it has no Landlock. A call without a context,
// by a host itself, is not confined.
host::Plugin MakeExecIn(const ExecInOptions& options = ExecInOptions());

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_EXEC_IN_H_
