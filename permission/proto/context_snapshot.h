#ifndef POSTERN_PERMISSION_PROTO_CONTEXT_SNAPSHOT_H_
#define POSTERN_PERMISSION_PROTO_CONTEXT_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "fs/base/file_descriptor.h"
#include "permission/context.h"

namespace postern {

// What a context may do at this moment, drops included, in a descriptor whose
// content nobody can change any more: to be given to a program that is started,
// which takes it up. It is a sealed memory file, or a pipe where this process
// may make none (permission/proto/sealed_bytes.h): make one for each start.
// Left out are what a copy cannot share: rules with limited uses that allow,
// and answers of people. InvalidArgument for rules that no file can say (text
// that is not UTF-8), ResourceExhausted for more than the descriptor holds.
absl::StatusOr<fs::FileDescriptor> SealSnapshot(
    const PermissionContext& context);

struct TakenUp {
  std::shared_ptr<PermissionContext> context;
  std::string base_directory;  // where its relative names start; "" = nowhere
};

// The context that such a descriptor holds: a root that nobody has the
// authority over. Of `options` only the sinks, the handler and the clock count.
// Names of the rules are looked up again: FailedPrecondition if one leads
// elsewhere than for the parent, or if a program is another file. Layers that
// narrowed the parent's context are bound anew as well, to where their names
// lead now. InvalidArgument for what is no sealed snapshot of this version;
// FailedPrecondition as well for a pipe that was read before, or that somebody
// can still write to.
absl::StatusOr<TakenUp> TakeUpSnapshot(
    int fd, ContextOptions options = ContextOptions());

// The same from whichever descriptor the program was started with, which is
// closed. NotFound if there is none: the program was started by somebody else.
// FailedPrecondition if there are several, or a pipe that another program took
// it from before. Call it before other threads run.
absl::StatusOr<TakenUp> TakeUpInheritedSnapshot(
    ContextOptions options = ContextOptions());

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_CONTEXT_SNAPSHOT_H_
