#ifndef POSTERN_BINDINGS_C_SPAWN_REQUEST_H_
#define POSTERN_BINDINGS_C_SPAWN_REQUEST_H_

#include "absl/status/status.h"
#include "bindings/c/postern.h"

namespace postern {

struct GuardedProcessOptions;
struct SpawnRequest;

namespace c {

// What starts have in common, whether this library starts the program or its
// caller: read from the structs of the interface, which were read themselves.
// InvalidArgument for what cannot be.

// Program, arguments, environment and directory.
absl::Status ReadCommand(const postern_start& start, SpawnRequest* request);

// Where programs and directories are looked for, and the host's environment.
absl::Status ReadSurroundings(const postern_context& context,
                              const postern_commands_options& options,
                              GuardedProcessOptions* out);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_SPAWN_REQUEST_H_
