#ifndef POSTERN_BINDINGS_CLI_DECISION_TABLES_H_
#define POSTERN_BINDINGS_CLI_DECISION_TABLES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/problems.h"
#include "permission/analysis/decision_line.h"

namespace postern {
namespace cli {

// A line of a table of expected decisions.
struct ExpectedDecision {
  std::string text;  // as FormatDecisionLine() writes it, escaped
  int line;
  std::unique_ptr<DecisionLine> decision;
};

// Decisions of one policy, the files of which the table names before them.
struct DecisionTable {
  std::vector<std::string> policies;  // as written; none: somebody else says
  int line = 1;                       // where they are named
  std::vector<ExpectedDecision> decisions;
};

// Reads ParseDecisionLine()'s lines, with lines "policy FILE..." that begin a
// new table. All that is wrong, up to kMaxProblems, is in `problems`, and what
// is returned then is of no use.
std::vector<DecisionTable> ParseDecisionTables(absl::string_view file_name,
                                               absl::string_view text,
                                               std::vector<Problem>* problems);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_DECISION_TABLES_H_
