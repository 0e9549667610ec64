#ifndef POSTERN_BINDINGS_C_GUARDED_H_
#define POSTERN_BINDINGS_C_GUARDED_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/c/handles.h"
#include "bindings/c/postern/files.h"
#include "fs/base/result.h"
#include "fs/guarded_fs.h"
#include "fs/handle.h"
#include "fs/operation.h"
#include "fs/options.h"
#include "fs/status.h"
#include "permission/context.h"

struct postern_files {
  std::shared_ptr<const postern::fs::GuardedFs> fs;
  const postern::PermissionContext* context;  // that `fs` decides by
  // Where relative names start; null: at the base directory of the options.
  std::shared_ptr<const postern::fs::Handle> base;
  // How long a person may think, for sockets that files decide.
  absl::Duration ask_timeout;
  bool accept_unbound = false;
};

namespace postern {
namespace c {

// A context that keeps its callbacks alive.
std::shared_ptr<PermissionContext> SharedContext(const postern_context& handle);
// Where relative names of the context start; "" = they are refused.
std::string BaseDirectoryOf(const postern_context& handle);

Outcome OutcomeOf(const fs::FsStatus& status);
// INVALID_ARGUMENT, in the interface's words.
Outcome Invalid(absl::string_view message);

// Calls `use` with the guarded operations and the name. `operation` is what it
// does there, or one that needs the same rights.
postern_status OnPath(
    const postern_files* files, fs::Operation operation, const char* path,
    size_t size, postern_error* error,
    absl::FunctionRef<Outcome(const fs::GuardedFs&, const fs::At&)> use);
// The same for two names; `to_files` may be null.
postern_status OnPaths(const postern_files* files, fs::Operation operation,
                       const char* from, size_t from_size,
                       const postern_files* to_files, const char* to,
                       size_t to_size, postern_error* error,
                       absl::FunctionRef<Outcome(const fs::GuardedFs&,
                                                 const fs::At&, const fs::At&)>
                           use);

// What opening by these flags, POSTERN_OPEN_..., does.
fs::Operation OperationOf(uint32_t flags);
// Opens, and calls `out` with what is open.
Outcome OpenAt(const fs::GuardedFs& fs, const fs::At& at, uint32_t flags,
               uint32_t mode, absl::FunctionRef<void(fs::Handle)> out);
uint32_t FindingsToC(const fs::Findings& findings);

// Gives bytes out.
Outcome BufferOut(fs::FsResult<std::string> bytes, postern_buffer** out);

// Whether it is a mode without bits that mean nothing.
inline bool IsMode(uint32_t mode) { return mode <= 07777; }

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_GUARDED_H_
