#ifndef POSTERN_BINDINGS_CLI_COMPLETION_TEXT_H_
#define POSTERN_BINDINGS_CLI_COMPLETION_TEXT_H_

#include <string>

namespace postern {
namespace cli {

// Completions for a shell, made from the verbs, options, concepts and
// permissions that the program has: a script that does not run the program.
std::string BashCompletion();
std::string ZshCompletion();
std::string FishCompletion();

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_COMPLETION_TEXT_H_
