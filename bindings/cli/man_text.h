#ifndef POSTERN_BINDINGS_CLI_MAN_TEXT_H_
#define POSTERN_BINDINGS_CLI_MAN_TEXT_H_

#include <string>

#include "bindings/cli/verbs.h"

namespace postern {
namespace cli {

// Man pages in roff (man(7)), made from what --help is made from: of a verb,
// and of the program with all verbs and concepts. They hold no date, so that
// the same program always writes the same bytes.
std::string ManPage(const Verb& verb);
std::string ProgramManPage();
// "postern-check.1".
std::string ManFileName(const Verb& verb);
constexpr char kProgramManFile[] = "postern.1";

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_MAN_TEXT_H_
