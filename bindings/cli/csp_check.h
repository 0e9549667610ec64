#ifndef POSTERN_BINDINGS_CLI_CSP_CHECK_H_
#define POSTERN_BINDINGS_CLI_CSP_CHECK_H_

#include "absl/status/statusor.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/csp_arguments.h"
#include "bindings/cli/csp_files.h"
#include "net/csp/url.h"

namespace postern {
namespace cli {

// What --self says, or the origin that is assumed without it.
absl::StatusOr<csp::Origin> SelfOf(const CspArguments& arguments);

// Tells on standard error what reading files left out.
void PrintWarnings(CspFiles* files);

// Answers "csp check" and "csp explain": a load by its URL, or code by one of
// the words "inline", "javascript:" (a link to such a URL), "eval" and "wasm".
absl::StatusOr<ExitCode> CheckOrExplainCsp(const CspArguments& arguments,
                                           Output* out);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CSP_CHECK_H_
