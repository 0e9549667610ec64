#ifndef POSTERN_BINDINGS_CLI_LAUNCH_OPTIONS_H_
#define POSTERN_BINDINGS_CLI_LAUNCH_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "bindings/cli/arguments.h"
#include "process/identity.h"
#include "process/start_options.h"

namespace postern {
namespace cli {

// Puts what --memory, --cpu-share, --cpu-time, --processes, --file-size,
// --open-files, --disk-use, --wall-time, --grace, --nice and --user say into
// the options of a start, and whom it is of. InvalidArgument, which names the
// option, what it takes and what was given, for anything that is not exactly
// that.
absl::Status ReadLaunchOptions(const Arguments& arguments,
                               process::StartOptions* start,
                               absl::optional<process::Identity>* identity);

// A size in bytes, as those options take it; `otherwise` for "".
absl::StatusOr<uint64_t> ReadSize(absl::string_view option,
                                  const std::string& text, uint64_t otherwise);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_LAUNCH_OPTIONS_H_
