#ifndef POSTERN_BINDINGS_CLI_RESOURCE_PROBLEM_H_
#define POSTERN_BINDINGS_CLI_RESOURCE_PROBLEM_H_

#include <string>

#include "permission/analysis/access_question.h"

namespace postern {
namespace cli {

// What is wrong with a resource that a check refused as none, in the words of
// the parser of rules: it says what a rule for that resource would meet, such
// as "a URL is none, expected ...". Of an endpoint that is a pattern, as ":80":
// that an access names one. "" if a rule could be written and asked about.
std::string ResourceProblem(const AccessQuestion& question);

// What looks like a slip of the pen in a resource that is one: "$HOME" for the
// variable HOME. "" if nothing does.
std::string ResourceSlip(const AccessQuestion& question);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_RESOURCE_PROBLEM_H_
