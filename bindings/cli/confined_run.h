#ifndef POSTERN_BINDINGS_CLI_CONFINED_RUN_H_
#define POSTERN_BINDINGS_CLI_CONFINED_RUN_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/attend_child.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/output.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/record_file.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "permission/guard/spawn_request.h"
#include "permission/rule.h"
#include "process/child.h"
#include "process/identity.h"
#include "process/start_options.h"

namespace postern {
namespace cli {

// A confined start as the command line asks for it: read and checked, and
// nothing has begun. For `postern exec` and the verbs of runtimes, whose
// options are the same.
struct ConfinedRun {
  Arguments arguments;
  // The rules that are given, with those of presets and what is approved.
  LoadedPolicy loaded;
  // What the guest may do, by names that are bound to the files of now.
  std::shared_ptr<PermissionContext> context;
  process::StartOptions start;  // limits, nice, grace
  absl::optional<process::Identity> identity;
  EnforcementLevel require = EnforcementLevel::kNone;
  RecordFile report, usage;
};

// Errors are about the command line, a policy, or a standard descriptor that
// would let the program reach what no rule grants. Prints warnings.
absl::StatusOr<ConfinedRun> ReadConfinedRun(const Arguments& arguments);

// What is started, and what the verb of a runtime adds.
struct RunParts {
  std::vector<std::string> words;  // the program and its arguments
  // Of the runtime itself: its program (process.spawn) and its own files. They
  // allow, in each layer that does not allow by default; what denies wins. The
  // start is decided with them and the kernel told of them, and the report has
  // a row for each; the policy that the program is handed is without them.
  std::vector<Rule> rules;
  std::vector<SpawnFile> files;  // beside 0 to 2, or in place of these
  // NAME=value, set whatever rules say of the environment, in place of others.
  std::vector<std::string> environment;
  // The program is to have a session of its own, though it is given a terminal:
  // what that shows is not for people.
  bool own_session = false;
  // kWider: ports of granted hosts are open to every host, and unix sockets to
  // every name if one is granted, as the adapter decides on names (lower.h).
  Approximation hosts = Approximation::kNarrower;
  // Waits for the program's end in place of AttendChild(), for a verb that has
  // to do with the program meanwhile. Null: AttendChild().
  std::function<absl::StatusOr<process::ChildEvent>(const SignalTaker&,
                                                    process::Child*)>
      attend;
  // What the adapter enforces, and which runtime it is: put to the report.
  std::vector<EnforcementRow> rows;
  std::vector<ReportedFact> facts;
};

// Decides the start, confines and attends the program, and writes the records;
// with --dry-run prints what it would do. Exit codes are the program's, or
// those of env(1): 125 not started, 126 denied, 127 no such program.
absl::StatusOr<ExitCode> RunConfined(const ConfinedRun& run,
                                     const RunParts& parts, Output* out);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CONFINED_RUN_H_
