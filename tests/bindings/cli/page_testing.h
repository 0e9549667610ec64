#ifndef POSTERN_TESTS_BINDINGS_CLI_PAGE_TESTING_H_
#define POSTERN_TESTS_BINDINGS_CLI_PAGE_TESTING_H_

// Rules for tests of pages.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "permission/layer.h"
#include "permission/permission.h"
#include "permission/rule.h"

namespace postern {
namespace cli {

inline Rule MakeRule(Effect effect, absl::string_view permission,
                     RulePattern pattern) {
  Rule rule;
  rule.effect = effect;
  rule.permissions = PermissionSet::Parse(permission).value();
  rule.pattern = std::move(pattern);
  rule.source.kind = RuleSource::Kind::kFile;
  rule.source.name = "p.textproto";
  rule.source.line = 7;
  return rule;
}

inline Rule PathRule(Effect effect, absl::string_view permission,
                     absl::string_view path) {
  return MakeRule(effect, permission, RulePattern::Text(path));
}

inline Layer Grants(std::vector<Rule> rules) {
  Layer layer;
  layer.name = "grants";
  layer.rules = std::move(rules);
  return layer;
}

// How often `what` is in `text`.
inline size_t CountOf(absl::string_view text, absl::string_view what) {
  return std::vector<std::string>(absl::StrSplit(text, what)).size() - 1;
}

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_CLI_PAGE_TESTING_H_
