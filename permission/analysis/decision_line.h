#ifndef POSTERN_PERMISSION_ANALYSIS_DECISION_LINE_H_
#define POSTERN_PERMISSION_ANALYSIS_DECISION_LINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/analysis/access_question.h"
#include "permission/decision.h"

namespace postern {

// An expected answer, as tables of decisions have it, one on a line:
//
//   allow fs.read /srv/app/index.html   # why
//   deny  fs.read '/srv/my files/**'
//   ask   net.connect example.org:443
//   allow plugin.call exec.in.run du -s path=/srv
//
// A path that ends in "/**" asks for a folder and all beneath it. "name=value"
// after a function is an argument by name, unless a quote is before the name.
// Words may be in quotes of either kind, within which nothing has a meaning. A
// comment begins at "#" after two
// spaces, or at the beginning of a line.
struct DecisionLine {
  std::string expected;  // one of DecisionNames()
  std::unique_ptr<AccessQuestion> question;
};

// Null for a line that is empty or a comment. InvalidArgument "column N: ...,
// expected ..." for anything else that is no such line, N in bytes from 1.
absl::StatusOr<std::unique_ptr<DecisionLine>> ParseDecisionLine(
    absl::string_view line);

// The words of a line, quotes taken away and the comment left out; the same
// error.
struct LineWord {
  std::string text;
  size_t column;        // from 1
  bool quoted = false;  // from its beginning
};
absl::StatusOr<std::vector<LineWord>> SplitLine(absl::string_view line);

// "allow", "ask", "deny"; "hide" for a denial that is shown as "does not
// exist"; "report" where a layer in audit mode would have denied.
std::string DecisionName(const Decision& decision);
std::vector<std::string> DecisionNames();

// The line that ParseDecisionLine() reads back, without a line break.
std::string FormatDecisionLine(absl::string_view expected,
                               const AccessQuestion& question);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_DECISION_LINE_H_
