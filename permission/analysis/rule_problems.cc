#include "permission/analysis/rule_problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "permission/builder.h"

namespace postern {
namespace {

constexpr size_t kMaxTried = 100'000;

// What Build() says of a policy of this rule alone; "" if nothing.
std::string ProblemOf(const Rule& rule, const PolicySpec& frame) {
  PolicySpec spec = frame;
  spec.layers.emplace_back();
  spec.layers[0].name = "alone";
  spec.layers[0].rules = {rule};
  // With a name by which the place can be told from the message.
  RuleSource source;
  source.name = "rule";
  spec.layers[0].rules[0].source = source;
  const absl::Status status = PolicyBuilder(std::move(spec)).Build().status();
  return std::string(absl::StripPrefix(status.message(),
                                       absl::StrCat(source.ToString(), ": ")));
}

}  // namespace

std::vector<RuleProblem> FindRuleProblems(const PolicySpec& spec,
                                          size_t max_problems) {
  PolicySpec frame;
  frame.signatures = spec.signatures;
  frame.base_directory = spec.base_directory;
  frame.variables = spec.variables;
  frame.lenient_wildcards = spec.lenient_wildcards;
  std::vector<RuleProblem> problems;
  size_t tried = 0;
  for (const Layer& layer : spec.layers) {
    for (const Rule& rule : layer.rules) {
      if (problems.size() >= max_problems || ++tried > kMaxTried) {
        return problems;
      }
      if (rule.permissions.empty()) continue;
      std::string problem = ProblemOf(rule, frame);
      if (!problem.empty())
        problems.push_back({rule.source, std::move(problem)});
    }
  }
  return problems;
}

void AddRuleProblems(const PolicySpec& spec, size_t max,
                     std::vector<FileProblem>* problems) {
  if (problems->size() >= max) return;
  for (RuleProblem& problem : FindRuleProblems(spec, max - problems->size())) {
    const bool told = std::any_of(problems->begin(), problems->end(),
                                  [&problem](const FileProblem& other) {
                                    return other.source.ToString() ==
                                               problem.source.ToString() &&
                                           other.message == problem.message;
                                  });
    if (!told) {
      problems->push_back({problem.source, std::move(problem.message)});
    }
  }
}

void SortByPlace(std::vector<FileProblem>* problems) {
  std::stable_sort(problems->begin(), problems->end(),
                   [](const FileProblem& a, const FileProblem& b) {
                     return std::tie(a.source.line, a.source.column) <
                            std::tie(b.source.line, b.source.column);
                   });
}

}  // namespace postern
