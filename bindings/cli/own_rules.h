#ifndef POSTERN_BINDINGS_CLI_OWN_RULES_H_
#define POSTERN_BINDINGS_CLI_OWN_RULES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "permission/permission.h"
#include "permission/policy.h"
#include "permission/rule.h"

namespace postern {
namespace cli {

// Rules for what a verb itself starts, reads or names, beside those that the
// caller gives. `source` is where a report says that they come from.

// Where the verb of a runtime ("node") says what the runtime needs; and the
// command line, which names a program or a script.
RuleSource RuntimeSource(std::string runtime);
RuleSource CommandLineSource();

Rule AllowRule(PermissionSet permissions, RulePattern pattern,
               RuleSource source);
// Of the program with any arguments, and of a file or a folder with all in it.
Rule StartRule(absl::string_view program, RuleSource source);
Rule FileRule(PermissionSet permissions, absl::string_view path,
              RuleSource source);
// What looks names up by itself reads (resolver(3)); and with that the port of
// name servers.
std::vector<Rule> ResolverFileRules(const RuleSource& source);
std::vector<Rule> LookUpRules(const RuleSource& source);

// Whether a rule that does not deny is about one of `permissions`.
bool MayGrant(const Policy& policy, PermissionSet permissions);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_OWN_RULES_H_
