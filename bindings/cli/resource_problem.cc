#include "bindings/cli/resource_problem.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "permission/analysis/rule_problems.h"
#include "permission/layer.h"
#include "permission/rule.h"

namespace postern {
namespace cli {
namespace {

RulePattern PatternOf(const AccessQuestion& question) {
  const std::string& text = question.words()[0];
  return ResourceKindOf(question.permission()) == ResourceKind::kCall
             ? RulePattern::Call(text, {}, CallForm::kList)
             : RulePattern::Text(text);
}

}  // namespace

std::string ResourceProblem(const AccessQuestion& question) {
  // Keys of secrets have a form of their own, and what stands for a variable
  // in a rule does not in a question.
  if (question.words().empty() || question.words()[0].empty() ||
      ResourceKindOf(question.permission()) == ResourceKind::kSecret ||
      absl::StrContains(question.words()[0], "${")) {
    return "";
  }
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = PermissionSet(question.permission());
  rule.pattern = PatternOf(question);
  PolicySpec spec;
  spec.layers.emplace_back();
  spec.layers[0].rules.push_back(std::move(rule));
  const std::vector<RuleProblem> problems = FindRuleProblems(spec, 1);
  if (problems.empty()) return "";
  absl::string_view message = problems[0].message;
  return absl::ConsumePrefix(&message, "invalid pattern ")
             ? absl::StrCat("invalid resource ", message)
             : std::string(message);
}

}  // namespace cli
}  // namespace postern
