#ifndef POSTERN_BINDINGS_CLI_PAGE_RULES_H_
#define POSTERN_BINDINGS_CLI_PAGE_RULES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/cli/page_html.h"
#include "permission/internal/trial_budget.h"
#include "permission/layer.h"

namespace postern {
namespace cli {

// A rule and how deep it stands in the tree of a page. Views of the spec that
// it came from.
struct PlacedRule {
  const Layer* layer = nullptr;
  const Rule* rule = nullptr;
  PermissionSet permissions;  // of the rule, those that are shown
  size_t depth = 0;
  // Of a path its pattern, with what variables stand for and from the root on;
  // of anything else "".
  std::string path;
};

// How deep a page nests; what lies deeper stands there too.
constexpr size_t kMaxDepth = 8;

// The rules about permissions of the group named `group`, ordered by their
// patterns: a path beneath the folder that another rule names is a level
// deeper. Nesting is by the words of patterns and for the eye alone; it says
// nothing of which rule wins.
std::vector<PlacedRule> RuleTree(const PolicySpec& spec,
                                 absl::string_view group);

// Every deny rule, in the order of the spec.
std::vector<PlacedRule> DenyRules(const PolicySpec& spec);

// Nested lists of the rules, as far as they fit. With a budget the risks of
// what is granted stand below each rule.
void AddRules(const std::vector<PlacedRule>& rules,
              internal::TrialBudget* risk_budget, PageList* list);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PAGE_RULES_H_
