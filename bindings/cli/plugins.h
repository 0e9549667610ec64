#ifndef POSTERN_BINDINGS_CLI_PLUGINS_H_
#define POSTERN_BINDINGS_CLI_PLUGINS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/host/catalog.h"
#include "permission/approval/manifest.h"

namespace postern {
namespace cli {

// The plugins that apps find when this program runs them.
absl::StatusOr<host::Catalog> HostPlugins();

// InvalidArgument for a full name of a function that its plugin does not have,
// with the nearest one that it has. Plugins that are not in the catalog may be
// those of another host.
absl::Status CheckFunction(absl::string_view function,
                           const host::Catalog& catalog);

// InvalidArgument for a call that is asked for of a function that its plugin
// does not have: a name that was mistyped would be approved and never work.
// Plugins that are not in the catalog may be those of another host.
absl::Status CheckFunctions(const Manifest& manifest,
                            const host::Catalog& catalog);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PLUGINS_H_
