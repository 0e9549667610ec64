#ifndef POSTERN_BINDINGS_CLI_PROBLEMS_H_
#define POSTERN_BINDINGS_CLI_PROBLEMS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "permission/proto/file_problem.h"
#include "permission/rule.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace cli {

// How many problems of one file are told of at once.
constexpr size_t kMaxProblems = 20;

// Something wrong with what was read.
using Problem = FileProblem;

// An InvalidArgument of `problems`, not empty: its message is the first one's.
absl::Status ProblemsStatus(const std::vector<Problem>& problems);

// The lines to print for an error, of ProblemsStatus() or of any other.
std::vector<std::string> ProblemLines(const absl::Status& error);

// Members "error" and "errors" of an object: the first line; objects with
// "message" and, where known, "file", "line" and "column".
void WriteProblems(const absl::Status& error, JsonWriter* json);

// Members "file", "line", "column" of an object, where they are known.
void WritePlace(const RuleSource& source, JsonWriter* json);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PROBLEMS_H_
