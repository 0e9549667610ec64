#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/output.h"

namespace postern {
namespace cli {

absl::StatusOr<ExitCode> Exec(const Arguments& arguments, Output* out) {
  if (arguments.words.empty()) {
    return absl::InvalidArgumentError(
        "no program is given; put it behind \"--\", as: postern exec "
        "--policy app.textproto -- /usr/bin/du -s /srv");
  }
  absl::StatusOr<ConfinedRun> run = ReadConfinedRun(arguments);
  if (!run.ok()) return run.status();
  RunParts parts;
  parts.words = arguments.words;
  return RunConfined(*run, parts, out);
}

}  // namespace cli
}  // namespace postern
