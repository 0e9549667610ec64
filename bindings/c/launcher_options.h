#ifndef POSTERN_BINDINGS_C_LAUNCHER_OPTIONS_H_
#define POSTERN_BINDINGS_C_LAUNCHER_OPTIONS_H_

#include "absl/status/status.h"
#include "bindings/c/postern.h"

namespace postern {

struct ConfinedLauncherOptions;

namespace process {
struct StartOptions;
}  // namespace process

namespace c {

// What a launcher is made with, read from the interface's structs.
// InvalidArgument, which names the member, for what cannot be.

// Those of an older caller have zero for what was added since.
absl::Status ReadLauncherOptions(const postern_launcher_options& given,
                                 postern_launcher_options* read);
// What it has in common with commands that callers start themselves.
postern_commands_options CommandsOf(const postern_launcher_options& read);
absl::Status ReadConfinement(const postern_launcher_options& read,
                             ConfinedLauncherOptions* out);
absl::Status ReadStartOptions(const postern_launcher_options& read,
                              process::StartOptions* out);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_LAUNCHER_OPTIONS_H_
