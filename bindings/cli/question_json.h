#ifndef POSTERN_BINDINGS_CLI_QUESTION_JSON_H_
#define POSTERN_BINDINGS_CLI_QUESTION_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/resolved.h"

namespace postern {
namespace cli {

// A question as a line of JSON:
//
//   {"permission": "fs.read", "resource": "/etc/hosts", "id": 7}
//   {"permission": "fs.read", "resource": "/srv", "subtree": true}
//   {"permission": "plugin.call", "resource": ["exec.in.run", "du", "-s"]}
//   {"permission": "net.connect", "resource": "a:80", "resolved": "10.0.0.1"}
//   {"permission": "code.eval"}
//
// "resource" is what stands after the permission on a command line: a string or
// a list of strings, "resolved" what stands after --resolved. "id", a string or
// an integer, comes back with the answer.
//
// InvalidArgument, with a column from 1 for what is no JSON, for anything that
// is not understood. `id` is the id as JSON, also of a question that is wrong
// otherwise; "" if there is none.
absl::StatusOr<Question> ParseJsonQuestion(absl::string_view line,
                                           std::string* id);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_QUESTION_JSON_H_
