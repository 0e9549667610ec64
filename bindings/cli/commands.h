#ifndef POSTERN_BINDINGS_CLI_COMMANDS_H_
#define POSTERN_BINDINGS_CLI_COMMANDS_H_

#include "absl/status/statusor.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/output.h"

namespace postern {
namespace cli {

// How the program ends.
enum class ExitCode : int {
  kDone = 0,    // or granted
  kDenied = 1,  // or not approved
  kFailed = 2,  // usage, bad input, or something did not work
};

// Each is one command. A status is a failure; its message names the remedy.
absl::StatusOr<ExitCode> Help(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Man(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Completion(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Audit(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> ApproveApp(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Run(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Revoke(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> List(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Check(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Explain(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Test(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> ShowPolicy(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Fmt(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> ConvertPolicy(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Schema(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> LintPolicy(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Diff(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Exec(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Deno(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Mcp(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Python(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Node(const Arguments& arguments, Output* out);
absl::StatusOr<ExitCode> Csp(const Arguments& arguments, Output* out);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_COMMANDS_H_
