#ifndef POSTERN_PERMISSION_TEXT_RULE_TEXT_H_
#define POSTERN_PERMISSION_TEXT_RULE_TEXT_H_

#include <string>

#include "absl/types/optional.h"
#include "permission/rule.h"

namespace postern {

// `rule` without source, reason and limits as a line of a policy in the text
// form: `rules { allow: "fs.read" pattern: "/srv" }`. nullopt if its pattern is
// not UTF-8, which no policy file can say.
absl::optional<std::string> RuleAsPolicyText(const Rule& rule);

// `rule` as a flag that ParseFlags() reads, quoted for a shell where that is
// needed. nullopt if no flag says it or if it has a hidden character.
absl::optional<std::string> RuleAsFlag(const Rule& rule);

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_RULE_TEXT_H_
