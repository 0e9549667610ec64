#include "bindings/cli/commands.h"
#include "permission/proto/json_schema.h"

namespace postern {
namespace cli {

absl::StatusOr<ExitCode> Schema(const Arguments&, Output* out) {
  out->Print(PolicyJsonSchema());
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
