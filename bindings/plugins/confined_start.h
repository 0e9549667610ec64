#ifndef POSTERN_BINDINGS_PLUGINS_CONFINED_START_H_
#define POSTERN_BINDINGS_PLUGINS_CONFINED_START_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "process/kernel_caps.h"

namespace postern {
namespace plugins {

// One start of a program that an approved call stands for.
struct StartRequest {
  std::string program;            // a bare name, of /usr/bin or /bin
  std::vector<std::string> args;  // without the name
  // Canonical names that it may read, with all beneath.
  std::vector<std::string> readable;
};

// A launcher for one start, and the command that it gave first.
struct PreparedStart {
  std::unique_ptr<ConfinedLauncher> launcher;
  ConfinedCommand command;
};

// What `context` grants now, and for this one start: the program with these
// arguments, a script's interpreter, what nearly every program reads (preset
// "runtime"), and `readable`. It is put into the layers that deny by default,
// which is what the approved call passed; all rules that deny or ask stay as
// they are. What was given up stays given up. A start that a rule asks about is
// denied: nobody is asked twice.
//
// PermissionDenied if another rule denies the start; else errors are those of
// SealSnapshot(), PolicyBuilder::Build() and ConfinedLauncher. Starts nothing.
absl::StatusOr<PreparedStart> PrepareConfined(const PermissionContext& context,
                                              const StartRequest& request,
                                              const process::KernelCaps& caps,
                                              absl::Time deadline);

// The same start once more, by its launcher: decided and opened anew, under the
// plan that is there. An error where it is not granted any more.
absl::StatusOr<ConfinedCommand> PrepareAgain(ConfinedLauncher* launcher,
                                             const StartRequest& request,
                                             absl::Time deadline);

// How much of the rules a program is held to that was prepared so: NONE without
// Landlock, for then it opens whatever file it likes.
EnforcementLevel HeldTo(const ConfinedCommand& command,
                        const process::KernelCaps& caps);

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_CONFINED_START_H_
