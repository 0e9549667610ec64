#ifndef POSTERN_BINDINGS_CLI_EXEC_RECORDS_H_
#define POSTERN_BINDINGS_CLI_EXEC_RECORDS_H_

#include <string>

#include "absl/status/status.h"
#include "bindings/cli/record_file.h"
#include "permission/backstop/report.h"
#include "process/child.h"

namespace postern {
namespace cli {

// JSON if the name ends in ".json", protobuf if in ".binpb", else text.
absl::Status WriteReport(const std::string& name, const RecordFile& file,
                         const EnforcementReport& report);
// JSON: what the program used, which limits it reached, and who held them.
absl::Status WriteUsage(const RecordFile& file, const process::Child& child,
                        const process::ChildEvent& end);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_EXEC_RECORDS_H_
