#ifndef POSTERN_BINDINGS_CLI_RESOURCE_PROBLEM_H_
#define POSTERN_BINDINGS_CLI_RESOURCE_PROBLEM_H_

#include <string>

#include "permission/analysis/access_question.h"

namespace postern {
namespace cli {

// What is wrong with a resource that a check refused as none, in the words of
// the parser of rules: it says what a rule for that resource would meet, such
// as "a URL is none, expected ...". "" if such a rule could be written.
std::string ResourceProblem(const AccessQuestion& question);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_RESOURCE_PROBLEM_H_
