#ifndef POSTERN_NET_CSP_EXISTING_TEXT_H_
#define POSTERN_NET_CSP_EXISTING_TEXT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"

namespace postern {
namespace csp {

// Reads the policy that a server sends already, in any of these forms:
//
//   img-src 'self'                                      lines, as
//   ParsePolicyText img-src 'self'; script-src 'self'                   one
//   line, a header's value Content-Security-Policy: img-src 'self'; ... a
//   header, folded or not add_header Content-Security-Policy "..." always;
//   nginx
//
// Of lines, unknown directives are left out; a header is read as browsers read
// it (ParseHeader()), and what they leave out, or match nothing by, is left
// out; each with a warning. InvalidArgument "file:line:column: ..." for several
// policies in one header or several headers, for one that only reports, for
// what browsers read differently, for a variable of nginx, and as
// ParsePolicyText() for lines.
absl::StatusOr<PolicyText> ParseExistingPolicy(
    absl::string_view file, absl::string_view text,
    std::vector<ParseWarning>* warnings);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_EXISTING_TEXT_H_
