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
//  - lines as ParsePolicyText() reads them: img-src 'self'
//  - one line, the value of a header: img-src 'self'; script-src 'self'
//  - a header, folded or not: Content-Security-Policy: img-src 'self'; ...
//  - nginx: add_header Content-Security-Policy "..." always;
//
// Unknown directives in lines are left out with a warning. A header is read as
// browsers read it (ParseHeader()): what they leave out, and sources that match
// nothing, are left out with a warning. InvalidArgument "file:line:column: ..."
// for several policies in one header or several headers, for one that only
// reports, for what browsers read differently, for a variable of nginx, and for
// what ParsePolicyText() refuses in lines.
absl::StatusOr<PolicyText> ParseExistingPolicy(
    absl::string_view file, absl::string_view text,
    std::vector<ParseWarning>* warnings);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_EXISTING_TEXT_H_
