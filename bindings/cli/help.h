#ifndef POSTERN_BINDINGS_CLI_HELP_H_
#define POSTERN_BINDINGS_CLI_HELP_H_

#include "absl/types/span.h"
#include "bindings/cli/arguments.h"

namespace postern {
namespace cli {

// What --help says about a command. Static storage.
struct CommandHelp {
  Command command;
  const char* name;
  const char* usage;     // after the name
  const char* summary;   // one line
  const char* examples;  // lines, each ended by a line break
};

absl::Span<const CommandHelp> AllCommands();

extern const char kVersion[];
extern const char kExitCodes[];

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_HELP_H_
