#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/output.h"
#include "bindings/cli/problems.h"

namespace postern {
namespace cli {
namespace {

// A closed descriptor 0 to 2 is filled with one that fails when it is used, so
// that no file that is opened later gets its number and our text.
void FillStandardDescriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) {
      open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    }
  }
}

absl::StatusOr<ExitCode> Dispatch(const Arguments& arguments, Output* out) {
  switch (arguments.command) {
    case Command::kPrint:
      out->Print(arguments.text);
      return ExitCode::kDone;
    case Command::kHelp:
      return Help(arguments, out);
    case Command::kMan:
      return Man(arguments, out);
    case Command::kCompletion:
      return Completion(arguments, out);
    case Command::kAudit:
      return Audit(arguments, out);
    case Command::kApprove:
      return ApproveApp(arguments, out);
    case Command::kRun:
      return Run(arguments, out);
    case Command::kRevoke:
      return Revoke(arguments, out);
    case Command::kList:
      return List(arguments, out);
    case Command::kCheck:
      return Check(arguments, out);
    case Command::kExplain:
      return Explain(arguments, out);
    case Command::kTest:
      return Test(arguments, out);
    case Command::kShow:
      return ShowPolicy(arguments, out);
    case Command::kFmt:
      return Fmt(arguments, out);
    case Command::kConvert:
      return ConvertPolicy(arguments, out);
    case Command::kSchema:
      return Schema(arguments, out);
    case Command::kLint:
      return LintPolicy(arguments, out);
    case Command::kDiff:
      return Diff(arguments, out);
    case Command::kExec:
      return Exec(arguments, out);
    case Command::kDeno:
      return Deno(arguments, out);
    case Command::kMcp:
      return Mcp(arguments, out);
    case Command::kPython:
      return Python(arguments, out);
    case Command::kNode:
      return Node(arguments, out);
    case Command::kCsp:
      return Csp(arguments, out);
  }
  return ExitCode::kFailed;
}

bool WantsJson(const std::vector<std::string>& args) {
  const auto end = std::find(args.begin(), args.end(), "--");
  return std::find(args.begin(), end, "--json") != end;
}

// What --json gives in place of a result that could not be had.
std::string ErrorAsJson(const absl::Status& status) {
  return JsonObject(
      [&status](JsonWriter* json) { WriteProblems(status, json); });
}

ExitCode Main(const std::vector<std::string>& args) {
  Output out(STDOUT_FILENO);
  const absl::StatusOr<Arguments> arguments = ParseArguments(args);
  const absl::StatusOr<ExitCode> code =
      arguments.ok() ? Dispatch(*arguments, &out) : arguments.status();
  if (!code.ok() && out.unused() && WantsJson(args)) {
    out.Print(ErrorAsJson(code.status()));
  }
  const absl::Status written = out.Flush();
  if (!code.ok() || !written.ok()) {
    for (const std::string& line :
         ProblemLines(code.ok() ? written : code.status())) {
      PrintError(line);
    }
    return ExitCode::kFailed;
  }
  return *code;
}

}  // namespace
}  // namespace cli
}  // namespace postern

int main(int argc, char** argv) {
  // Both are errors of write(2). Programs that it starts have the default.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  postern::cli::FillStandardDescriptors();
  return static_cast<int>(postern::cli::Main(
      std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc)));
}
