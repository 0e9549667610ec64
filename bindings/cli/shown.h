#ifndef POSTERN_BINDINGS_CLI_SHOWN_H_
#define POSTERN_BINDINGS_CLI_SHOWN_H_

#include "absl/status/statusor.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/policy_page.h"

namespace postern {
namespace cli {

// What "show" is asked for: the policy that files and rules make, or, with
// --app, what is approved for an app, as the one layer that a run gives it.
// NotFound for an app that the store has never heard of.
absl::StatusOr<PolicyPage> LoadShown(const Arguments& arguments);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_SHOWN_H_
