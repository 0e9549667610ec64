#ifndef POSTERN_BINDINGS_CLI_ADAPTER_FILES_H_
#define POSTERN_BINDINGS_CLI_ADAPTER_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

// Where the file `name` ("python/postern-python") of an adapter lies: below
// ../libexec/postern/ of the folder of this program if Postern is installed,
// and in the build tree below its parent, bindings/. Nothing that a caller can
// set decides that, as the file gets the caller's rights: not the environment,
// nor the working directory. NotFound says where it was looked for.
absl::StatusOr<std::string> AdapterFile(absl::string_view name);

// The same for the program `program`, an absolute path.
absl::StatusOr<std::string> AdapterFileOf(const std::string& program,
                                          absl::string_view name);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_ADAPTER_FILES_H_
