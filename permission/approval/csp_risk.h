#ifndef POSTERN_PERMISSION_APPROVAL_CSP_RISK_H_
#define POSTERN_PERMISSION_APPROVAL_CSP_RISK_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "net/csp/open_hosts.h"
#include "permission/approval/manifest.h"
#include "permission/approval/risk.h"

namespace postern {

struct CspRisks {
  std::vector<RiskNote> notes;
  // Why the word needs a reason, one of the notes' texts; nullopt if it does
  // not: no conflict, no wildcard and nothing of medium or high severity.
  absl::optional<std::string> broad;
};

// Tells what somebody who approves words of a Content-Security-Policy should
// know about them. Immutable; thread-safe.
// The notes are those of csp::FindingsOf() on all the words together, for pages
// over https, their codes in lower case with "-" ("script-from-anywhere"),
// their texts behind the severity ("high: ..."); beside these
//   conflict    changes more than it adds: left out of a merge unless whoever
//               administers the pages accepts it by its name
//   many-hosts  a host with a wildcard
class CspAssessor {
 public:
  // Uses the library's own list of hosts where anyone can publish.
  CspAssessor();

  // The risks of each request, in their order. None for any if ValidateCsp()
  // refuses them. Cost: the square of the words of one directive at worst, of
  // which there are at most csp::kMaxPolicySources.
  std::vector<CspRisks> Assess(const std::vector<CspRequest>& requests) const;

 private:
  csp::OpenHosts open_hosts_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_CSP_RISK_H_
