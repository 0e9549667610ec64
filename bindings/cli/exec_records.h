#ifndef POSTERN_BINDINGS_CLI_EXEC_RECORDS_H_
#define POSTERN_BINDINGS_CLI_EXEC_RECORDS_H_

#include <string>

#include "absl/status/status.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/report.h"
#include "process/child.h"

namespace postern {
namespace cli {

// Each writes to `file` as WriteWholeFile() does, to standard error if it is
// "-", and nowhere if it is "".

// JSON if the name ends in ".json", protobuf if in ".binpb", else text.
absl::Status WriteReport(const std::string& file,
                         const EnforcementReport& report);
// JSON: what the program used, which limits it reached, and who held them.
absl::Status WriteUsage(const std::string& file, const process::Child& child,
                        const process::ChildEvent& end);

// All that a start would do, in the order of execution, and the report.
std::string DryRunText(const ConfinedCommand& command);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_EXEC_RECORDS_H_
