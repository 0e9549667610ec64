#ifndef POSTERN_PERMISSION_ANALYSIS_RULE_PROBLEMS_H_
#define POSTERN_PERMISSION_ANALYSIS_RULE_PROBLEMS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "permission/layer.h"
#include "permission/proto/file_problem.h"

namespace postern {

// A rule that PolicyBuilder::Build() would refuse.
struct RuleProblem {
  RuleSource source;
  std::string message;  // one line, without the place
};

// What is wrong with the rules of `spec`, each looked at on its own, in their
// order: up to `max_problems`, of the first 100,000 rules. Rules without
// permissions are passed over. Build() ends at the first; this is for people
// who correct a policy that it refused. Empty if what Build() refuses is no
// single rule's fault.
std::vector<RuleProblem> FindRuleProblems(const PolicySpec& spec,
                                          size_t max_problems);

// Adds them to what was wrong with a file, up to `max` in all. What is told
// already, as of a rule of a set that several layers use, is not told again.
void AddRuleProblems(const PolicySpec& spec, size_t max,
                     std::vector<FileProblem>* problems);

// In the order of a file.
void SortByPlace(std::vector<FileProblem>* problems);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_RULE_PROBLEMS_H_
