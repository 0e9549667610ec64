#ifndef POSTERN_BINDINGS_CLI_APP_TARGET_H_
#define POSTERN_BINDINGS_CLI_APP_TARGET_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "bindings/cli/app.h"

namespace postern {
namespace cli {

// An app whose approval is meant: by its id, or the app in a directory, which a
// slash tells apart. A directory of an id's name may hold any other app.
struct AppTarget {
  std::string app;  // id without version
  absl::optional<App> in;
};

absl::StatusOr<AppTarget> ReadAppTarget(const std::string& given);

// NotFound, with what to do.
absl::Status NothingApproved(const std::string& app);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_APP_TARGET_H_
