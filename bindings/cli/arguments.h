#ifndef POSTERN_BINDINGS_CLI_ARGUMENTS_H_
#define POSTERN_BINDINGS_CLI_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "permission/flags.h"

namespace postern {
namespace cli {

enum class Command : uint8_t {
  kPrint,  // print Arguments::text and be done: --help, --version
  kHelp,
  kMan,
  kCompletion,
  kAudit,
  kApprove,
  kRun,
  kRevoke,
  kList,
  kCheck,
  kExplain,
  kTest,
  kShow,
  kFmt,
  kConvert,
  kSchema,
  kLint,
  kDiff,
  kExec,
  kDeno,
  kNode,
  kMcp,
  kPython,
  kCsp,  // Arguments::words is all that follows; see csp_arguments.h
};

// A command line, read. What a command does not take is empty.
struct Arguments {
  Command command = Command::kPrint;
  std::string text;
  std::string app;       // directory; of revoke also an id
  std::string store;     // "" = the default
  std::string digest;    // "" = none given
  std::string into;      // folder; "" = none given
  std::string base;      // folder; "" = none given
  std::string junit;     // file; "" = none given
  std::string to;        // a form; "" = none given
  std::string out;       // file; "" = none given
  std::string resolved;  // an address; "" = none given
  std::string html;      // file or "-"; "" = none given
  std::string require;   // a level; "" = none given
  std::string report;    // file or "-"; "" = none given
  std::string usage;     // file or "-"; "" = none given
  // Of exec, as given; launch_options.h reads them. "" = none given.
  std::string memory;
  std::string cpu_share;
  std::string cpu_time;
  std::string processes;
  std::string file_size;
  std::string open_files;
  std::string disk_use;
  std::string wall_time;
  std::string grace;
  std::string nice;
  std::string user;
  std::string node;  // of node: its program, "" = along PATH
  // Of mcp and deno. "" = none given.
  std::string deno;  // file
  std::string server;
  std::string audit_log;               // file
  std::string message_size;            // as of launch_options.h
  std::vector<std::string> presets;    // names
  std::vector<std::string> policies;   // files, or "-"
  std::vector<std::string> variables;  // NAME=VALUE
  bool json = false;
  bool dry_run = false;
  bool masks = false;
  bool plain_errors = false;
  bool subtree = false;
  bool batch = false;
  bool coverage = false;
  bool check = false;
  std::string permission;
  // Resource; arguments for the app; else all words.
  std::vector<std::string> words;
  FlagsResult flags;  // --allow-..., --ask-..., --deny-...
};

// Reads the arguments after the program's name. What follows "--" is never an
// option. InvalidArgument, with what to do, for anything that is not
// understood.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& args);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_ARGUMENTS_H_
