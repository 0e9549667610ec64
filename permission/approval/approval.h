#ifndef POSTERN_PERMISSION_APPROVAL_APPROVAL_H_
#define POSTERN_PERMISSION_APPROVAL_APPROVAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "net/csp/merge.h"
#include "permission/approval/manifest.h"
#include "permission/rule.h"

namespace postern {

// A person's or a system's decision that an app may have what it asked for, or
// a part of it. A value type. Times are whole nanoseconds of the years 1678 to
// 2261.
struct Approval {
  std::string app;  // id without version: an update keeps its approval
  // What was approved, as asked; may be empty, which grants nothing.
  std::vector<PermissionRequest> requests;
  std::vector<CspRequest> csp;  // the same, for the app's pages
  std::string approved_by;      // a person or a system; in the host's words
  absl::Time approved_at;
  std::string digest;  // of the Review that was shown
  // The one place of the app that the approval is for, in the host's words: a
  // folder, a digest of code. "" = any app with the id. An id is only what an
  // author wrote, so hosts compare the place before they use the rules.
  std::string place;
  // The rules hold before this moment; nullopt = until changed.
  absl::optional<absl::Time> expires;
};

// What a store knows of one app.
struct ApprovalState {
  // The revision of the app's last change, an approval or a revocation; 0 =
  // none yet.
  int64_t revision = 0;
  absl::optional<Approval> approval;  // nullopt: nothing is approved
};

// InvalidArgument if a field holds what no approval has: an app id with a
// version or none, an empty permission set, words for pages that ValidateCsp()
// refuses, no approver, a bad digest, a time out of range, an expiry that is
// not after the approval.
absl::Status ValidateApproval(const Approval& approval);

// The rules that the approval stands for: one allow rule each, from source
// "approval of APP", with its expiry. They belong into the layer "grants".
std::vector<Rule> ApprovalRules(const Approval& approval);

// What the approval stands for at `now` in csp::Merge(): the words for the
// app's pages, none once it has expired. It accepts no conflict: whoever
// administers the pages does that, by name (csp::GrantInput::accepted).
// InvalidArgument if ValidateCsp() refuses the words.
absl::StatusOr<csp::GrantInput> ApprovalCspGrant(const Approval& approval,
                                                 absl::Time now);

// `approval` without what `manifest` no longer asks for (least privilege), for
// hosts in which a removed request takes effect at once, not with the next
// approval. Patterns are compared as written: one that was respelled or
// narrowed counts as new, and is not granted before the next approval.
Approval LimitToManifest(const Approval& approval, const Manifest& manifest);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_APPROVAL_H_
