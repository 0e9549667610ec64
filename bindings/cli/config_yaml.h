#ifndef POSTERN_BINDINGS_CLI_CONFIG_YAML_H_
#define POSTERN_BINDINGS_CLI_CONFIG_YAML_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/config_value.h"

namespace postern {
namespace cli {

// Reads one document of YAML 1.1 in UTF-8, as far as configuration files use
// it: maps, lists and scalars. InvalidArgument "file:line:column: ..." for
// anchors, aliases, tags, merge keys ("<<"), keys that are no scalars or stand
// twice, a second document, beyond the limits of ConfigBuilder, and for what is
// no YAML. Nothing is looked up or constructed.
absl::StatusOr<ConfigValue> ReadConfigYaml(absl::string_view file,
                                           absl::string_view text);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CONFIG_YAML_H_
