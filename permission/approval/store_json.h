#ifndef POSTERN_PERMISSION_APPROVAL_STORE_JSON_H_
#define POSTERN_PERMISSION_APPROVAL_STORE_JSON_H_

#include <string>
#include <vector>

#include "permission/approval/store.h"

namespace postern {

// What a store says, each as one JSON object over several lines. Strings are
// escaped as in ReviewToJson().

// ApprovalStore::List(): {"approvals": [{"app", "revision", "approved_by",
// "approved_at", "expires", "digest", "folder", "requests", "csp"}]}.
std::string ApprovalsToJson(const std::vector<AppApproval>& entries);

// ApprovalStore::History() or Watch(): {"events": [{"revision", "app", "who",
// "when", "note", "approval"}]}, where null is a revocation.
std::string EventsToJson(const std::vector<ApprovalEvent>& events);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_STORE_JSON_H_
