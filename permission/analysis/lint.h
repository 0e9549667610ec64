#ifndef POSTERN_PERMISSION_ANALYSIS_LINT_H_
#define POSTERN_PERMISSION_ANALYSIS_LINT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "permission/policy.h"
#include "permission/rule.h"

namespace postern {

// Something about a rule that its author should look at.
struct LintFinding {
  std::string code;     // stable
  std::string message;  // one line
  RuleSource source;
};

// What can be told of the rules alone, in their order: Policy::warnings(), and
//   repeated             rules of the layer with the same effect cover all of
//                        it
//   overruled            stricter rules of the layer cover all of it
//   overruled-elsewhere  deny rules of another layer cover all of it
//   everything           it allows every path, or every resource of several
//                        permissions
//   any-port             it allows a host at every port, where another rule
//                        that allows the same permission names its port
//   writable-program     it allows to start a program by its path, and the
//                        policy allows to write that file
//   exact-arguments      it denies or asks about calls with so many arguments,
//                        and one more argument gets around it
//   expired              its time is over, by `now`
//   no-grants            no layer that enforces denies by default, so that
//                        nothing is allowed
// A rule that is "repeated" or "overruled" can be left out: no answer changes,
// nor what a person is asked; in a bound policy only if no link is on the way
// of its paths. Not every such rule is found, only where rules cover another
// one by a whole, by the same words or by a path without wildcards above it;
// where the most specific rule wins, and for endpoints, by the same words
// alone. Linear, but for paths in their depth.
std::vector<LintFinding> Lint(const Policy& policy, absl::Time now);

// The absolute paths in which all lies that `rule` is for, as far as they are
// written without a wildcard, one for each alternative; none for a rule that is
// for no paths or for all. For those who look at files.
std::vector<std::string> LiteralBeginnings(const Policy& policy,
                                           const Rule& rule);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_LINT_H_
