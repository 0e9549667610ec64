#ifndef POSTERN_BINDINGS_CLI_POLICIES_H_
#define POSTERN_BINDINGS_CLI_POLICIES_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/input.h"
#include "bindings/cli/problems.h"
#include "permission/context.h"
#include "permission/policy.h"
#include "permission/proto/form.h"

namespace postern {
namespace cli {

// The one policy that --policy FILE..., --var, --base and rules on the command
// line make together:
//   - Each file's layers are layers; "-" is standard input. Of a layer whose
//     name is taken, the file's name is made a part.
//   - Variables, signatures and the base directory of all files hold for all;
//     files that differ in one are refused. --var and --base win over files.
//   - Rules: without a file, the layer "flags", which denies by default, with
//     the working directory as base. Beside files, what denies or asks is the
//     layer "flags", which only takes away, and what allows is added to the one
//     layer that denies by default.
// Errors are those of ProblemsStatus(): all that is wrong with every file.
struct LoadedPolicy {
  std::shared_ptr<const Policy> policy;
  std::vector<PolicyWarning> warnings;  // of the flags, too
  std::string base;                     // where relative names start: absolute
  // Those that the files have or their patterns use, --var aside.
  std::set<std::string> variables;
};
absl::StatusOr<LoadedPolicy> LoadPolicies(const Arguments& arguments);

// What LoadPolicies() says where there are none.
absl::Status NoRulesError();

// InvalidArgument if --var gives a variable that is not one of `known`: a slip
// of the pen. LoadPolicies() does this itself but for the verbs that load
// several policies, test and diff: there one of them has to know it.
absl::Status CheckVariables(const Arguments& arguments,
                            const std::set<std::string>& known);

// One file, or standard input for "-", whose first byte tells its form: "{" is
// JSON, a control character the binary form, all else text. With problems,
// they are in `problems` and the result is of use for its rules alone; an error
// is for what cannot be read at all. `complete` is false if the file was not
// read to its end.
struct PolicyFile {
  std::string name;  // for messages
  PolicySpec spec;
  std::vector<Problem> problems;
  bool complete = true;
};
absl::StatusOr<PolicyFile> ReadPolicy(const std::string& path);
PolicyFile ReadPolicyBytes(FileForm form, const Input& input);

// Builds, and names every rule that cannot be built.
absl::StatusOr<std::shared_ptr<const Policy>> BuildPolicy(PolicySpec spec);

// A context of nobody in particular, in which relative names start in `base`.
absl::StatusOr<RootContext> NewContext(std::shared_ptr<const Policy> policy,
                                       const std::string& base);

// Lines on standard error, each with the place of the rule.
void PrintWarnings(const std::vector<PolicyWarning>& warnings);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_POLICIES_H_
