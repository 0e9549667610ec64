#ifndef POSTERN_BINDINGS_CLI_EXPLANATION_JSON_H_
#define POSTERN_BINDINGS_CLI_EXPLANATION_JSON_H_

#include <string>
#include <vector>

#include "permission/explain.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace cli {

// The answer to a question by one of its names.
struct NamedAnswer {
  std::string name;  // "as asked", "as really named", "as resolved"
  Explanation explanation;
  // The remedy is what is wrong with the resource, not a rule.
  bool resource_is_wrong = false;
};

// What check and explain say.
struct Verdict {
  std::vector<NamedAnswer> answers;
  std::string unknown_real_name;  // why it cannot be told; "" if it can
  bool advisory = false;          // names may change

  // Every name is granted, and every name is known.
  bool granted() const;
};

// "granted", "advisory" and, if there is one, "unknown_real_name".
void WriteVerdict(const Verdict& verdict, JsonWriter* json);
// "answers", objects of WriteExplanation() with a "name".
void WriteAnswers(const Verdict& verdict, JsonWriter* json);

// All of that as one JSON object.
std::string VerdictToJson(const Verdict& verdict);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_EXPLANATION_JSON_H_
