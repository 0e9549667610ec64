#include "bindings/cli/plugins.h"

#include "bindings/plugins/exec_in.h"

namespace postern {
namespace cli {

absl::StatusOr<host::Catalog> HostPlugins() {
  host::Catalog catalog;
  const absl::Status status = catalog.Add(plugins::MakeExecIn());
  if (!status.ok()) return status;
  return catalog;
}

}  // namespace cli
}  // namespace postern
