#ifndef POSTERN_BINDINGS_CLI_PLUGINS_H_
#define POSTERN_BINDINGS_CLI_PLUGINS_H_

#include "absl/status/statusor.h"
#include "bindings/host/catalog.h"

namespace postern {
namespace cli {

// The plugins that apps find when this program runs them.
absl::StatusOr<host::Catalog> HostPlugins();

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PLUGINS_H_
