#ifndef POSTERN_BINDINGS_CLI_STORE_H_
#define POSTERN_BINDINGS_CLI_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/approval/store.h"

namespace postern {
namespace cli {

// Where approvals are kept: `given`, else $POSTERN_STORE, else
// $XDG_DATA_HOME/postern/approvals.db, else below ~/.local/share. An error if
// one of the first two names a folder that does not exist.
absl::StatusOr<std::string> StorePath(const std::string& given);

// The store at `path`, to be read; null if there is none yet, which is as good
// as empty.
absl::StatusOr<std::unique_ptr<ApprovalStore>> OpenStore(
    const std::string& path);
// The store at `path`, to be written. Makes it if there is none, and missing
// directories above it, which are those of a default, with mode 0700.
absl::StatusOr<std::unique_ptr<ApprovalStore>> OpenOrCreateStore(
    const std::string& path);

// What the store at `path`, if there is one, knows of `app`.
absl::StatusOr<ApprovalState> ReadState(const std::string& path,
                                        absl::string_view app);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_STORE_H_
