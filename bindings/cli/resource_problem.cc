#include "bindings/cli/resource_problem.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "net/endpoint.h"
#include "permission/analysis/rule_problems.h"
#include "permission/layer.h"
#include "permission/rule.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

RulePattern PatternOf(const AccessQuestion& question) {
  const std::string& text = question.words()[0];
  if (ResourceKindOf(question.permission()) == ResourceKind::kCommand) {
    return RulePattern::Command(text, {"**"});
  }
  return ResourceKindOf(question.permission()) == ResourceKind::kCall
             ? RulePattern::Call(text, {}, CallForm::kList)
             : RulePattern::Text(text);
}

bool IsNetwork(Permission permission) {
  const ResourceKind kind = ResourceKindOf(permission);
  return kind == ResourceKind::kEndpoint || kind == ResourceKind::kHostName;
}

// Of a text that is right in a rule: rules take patterns, which leave the host
// out or stand for many. An access is to one.
std::string EndpointProblem(const std::string& text) {
  net::Endpoint endpoint;
  net::SyntaxError error;
  if (net::Endpoint::Parse(text, &endpoint, &error)) return "";
  const std::string at =
      absl::StrCat("invalid endpoint ", internal::QuoteForDisplay(text),
                   " at column ", error.at + 1, ": ");
  if (text[0] == ':') {
    return absl::StrCat(
        at,
        "the host is missing, expected one as \"127.0.0.1:80\"; only rules "
        "leave it out, for every host");
  }
  return absl::StrCat(at, error.what,
                      "; this is a pattern for rules, an access names one");
}

// What is wrong with a rule for the resource.
std::string RuleProblemOf(const AccessQuestion& question) {
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

bool HasDollar(const AccessQuestion& question) {
  return ResourceKindOf(question.permission()) == ResourceKind::kName &&
         !question.words().empty() &&
         absl::StartsWith(question.words()[0], "$");
}

}  // namespace

std::string ResourceProblem(const AccessQuestion& question) {
  // Keys of secrets have a form of their own, and what stands for a variable
  // in a rule does not in a question.
  if (question.words().empty() || question.words()[0].empty() ||
      ResourceKindOf(question.permission()) == ResourceKind::kSecret ||
      absl::StrContains(question.words()[0], "${") || HasDollar(question)) {
    return "";
  }
  const std::string problem = RuleProblemOf(question);
  if (!problem.empty() || !IsNetwork(question.permission())) return problem;
  return EndpointProblem(question.words()[0]);
}

std::string ResourceSlip(const AccessQuestion& question) {
  return HasDollar(question) ? RuleProblemOf(question) : "";
}

}  // namespace cli
}  // namespace postern
