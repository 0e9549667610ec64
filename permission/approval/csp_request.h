#ifndef POSTERN_PERMISSION_APPROVAL_CSP_REQUEST_H_
#define POSTERN_PERMISSION_APPROVAL_CSP_REQUEST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/directive.h"
#include "net/csp/merge.h"
#include "net/csp/policy_text.h"
#include "permission/approval/manifest.h"

namespace postern {

// A word of `directive` as its author wrote it, read strictly (see
// csp::ParsePolicyText), in its canonical form: equal words are equal requests.
// "" is the directive alone, for those that mean something so. InvalidArgument
// with the reason; also for 'none' in a directive that governs loads, as it
// asks for nothing.
absl::StatusOr<std::string> CanonicalCspWord(csp::Directive directive,
                                             absl::string_view text);

// InvalidArgument if a word is not in its canonical form, for 'none' beside
// other sources, for more than csp::kMaxPolicySources words.
absl::Status ValidateCsp(const std::vector<CspRequest>& requests);

// The words as a policy, each once, with the places of those that stand in the
// same file as the first. InvalidArgument as ValidateCsp().
absl::StatusOr<csp::PolicyText> CspPolicyText(
    const std::vector<CspRequest>& requests);

// What csp::Merge() takes as the request of the manifest's app, by its id
// without version. Changes nothing by itself. InvalidArgument as above.
absl::StatusOr<csp::RequestInput> CspRequestInput(const Manifest& manifest);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_CSP_REQUEST_H_
