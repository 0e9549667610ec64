#ifndef POSTERN_BINDINGS_CLI_HELP_TEXT_H_
#define POSTERN_BINDINGS_CLI_HELP_TEXT_H_

#include <string>

#include "bindings/cli/verbs.h"

namespace postern {
namespace cli {

// What --help prints of one verb, and of the program.
std::string HelpText(const Verb& verb);
std::string ProgramHelpText();

// Parts that man pages share: lines, the last one ended too.
std::string ExitCodesText(const Verb& verb);
// Where approvals are kept; "" for a verb that keeps none.
std::string StoreText(const Verb& verb);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_HELP_TEXT_H_
