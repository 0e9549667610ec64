#ifndef POSTERN_BINDINGS_CLI_EXPLANATION_JSON_H_
#define POSTERN_BINDINGS_CLI_EXPLANATION_JSON_H_

#include <string>
#include <vector>

#include "permission/explain.h"

namespace postern {
namespace cli {

// The answer to a question by one of its names.
struct NamedAnswer {
  std::string name;  // "as asked", "as really named", "at 192.0.2.1"
  Explanation explanation;
  // For one of the addresses that a name leads to: one that is granted is
  // enough.
  bool is_choice = false;
};

// What check and explain say.
struct Verdict {
  std::vector<NamedAnswer> answers;
  std::string unknown_real_name;  // why it cannot be told; "" if it can
  bool advisory = false;          // acting may be answered otherwise
  std::string advice;             // why; a sentence if it is

  // Every name is granted and known, and one of the choices, if there are any.
  bool granted() const;
};

// One JSON object; bytes are escaped as in ReviewToJson().
std::string VerdictToJson(const Verdict& verdict, bool with_layers);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_EXPLANATION_JSON_H_
