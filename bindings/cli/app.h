#ifndef POSTERN_BINDINGS_CLI_APP_H_
#define POSTERN_BINDINGS_CLI_APP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/approval/approval.h"
#include "permission/approval/manifest.h"

namespace postern {
namespace cli {

// An app's directory: manifest.textproto or manifest.json, and main.lua.
struct App {
  std::string directory;  // as it is really named, absolute
  Manifest manifest;
};

// Reads the manifest. An error for what is no directory, for no manifest, for
// two of them, and for a pattern that cannot be honoured.
absl::StatusOr<App> LoadApp(const std::string& directory);

// FailedPrecondition if something is approved for the app of that id in another
// directory: an id is only what an author wrote. `advice` ends the message.
absl::Status CheckPlace(const App& app, const ApprovalState& state,
                        absl::string_view advice = "");

// `$SUDO_USER` for root, else the name of the user who runs this.
std::string CurrentPerson();

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_APP_H_
