#ifndef POSTERN_PERMISSION_APPROVAL_REVIEW_H_
#define POSTERN_PERMISSION_APPROVAL_REVIEW_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/approval/approval.h"
#include "permission/approval/manifest.h"
#include "permission/approval/risk.h"

namespace postern {

// How what is asked for compares with what is approved.
enum class Change : uint8_t {
  kAdded,      // asked for, not approved
  kRemoved,    // approved, no longer asked for
  kUnchanged,  // asked for and approved
};

// "ADDED", "REMOVED" or "UNCHANGED".
absl::string_view ChangeName(Change change);

// One line of a review. A request that is approved in part (fs where fs.read
// is approved) makes two.
struct ReviewItem {
  Change change = Change::kAdded;
  PermissionRequest request;
  std::vector<RiskNote> risks;
};

// One line of a review that is about a word for pages.
struct CspReviewItem {
  Change change = Change::kAdded;
  CspRequest request;
  std::vector<RiskNote> risks;
};

// A manifest beside what is approved: everything that a person is shown before
// deciding. Grants nothing. A value type.
// Invariant as made: items are in a fixed order that does not depend on the
// manifest's, and no two have the same change, permissions and pattern; nor
// the same change, directive and word.
struct Review {
  Principal app;
  std::string title;      // the app's words
  ApprovalState current;  // what the manifest was compared with
  bool in_force = false;  // something is approved and has not expired
  std::vector<ReviewItem> items;
  std::vector<CspReviewItem> csp;  // their numbers follow those of `items`
  std::string digest;  // of all of this; ReviewDigest() when it was made

  // How many of `items` and `csp` there are.
  size_t Count(Change change) const;
  // False if everything asked for is approved: the update needs nobody.
  bool NeedsApproval() const { return Count(Change::kAdded) > 0; }
};

// A risk of what is asked for, and the numbers of the items that have it, from
// 1.
struct RiskSummary {
  std::string code;
  std::vector<size_t> items;
};

// The risks of all items but the REMOVED ones, in the order in which they first
// come: what a person reads before a long review.
std::vector<RiskSummary> SummarizeRisks(const Review& review);

// Compares what `manifest` asks for with `current`, at `now`. Permissions are
// compared one by one, patterns as written: one respelled is REMOVED and
// ADDED; words for pages are canonical. Requests alike are one item that holds
// every reason and the first source. InvalidArgument for an app without an id,
// a request without a permission, words that ValidateCsp() refuses, or another
// app's approval.
absl::StatusOr<Review> MakeReview(const Manifest& manifest,
                                  const ApprovalState& current, absl::Time now);

// SHA-256 as 64 hexadecimal digits over what the review shows: app, title, what
// it was compared with, and of each item change, permissions, pattern (or
// directive, word), reason and risk codes. Sources are left out: they depend on
// where the manifest lies, not on what it asks for.
std::string ReviewDigest(const Review& review);

// Who approves, when, and until when. The words are the host's.
struct Signature {
  std::string who;
  absl::Time when;
  absl::optional<absl::Time> expires;  // nullopt = until changed
};

// The numbers of all items that can be chosen: those asked for. Of an item of
// `csp` it is items.size() and its index.
std::vector<size_t> EverythingRequested(const Review& review);

// Approves the items `chosen`, by number, and nothing else: what was approved
// and is not among them ends. `digest` is the one of the review that was
// shown; `review` is made afresh. FailedPrecondition if they differ,
// InvalidArgument for a REMOVED or unknown item or a bad signature.
absl::StatusOr<Approval> Approve(const Review& review, absl::string_view digest,
                                 const std::vector<size_t>& chosen,
                                 const Signature& signature);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_REVIEW_H_
