#include "permission/approval/store.h"

#include "absl/strings/str_cat.h"
#include "permission/principal.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::QuoteForDisplay;

}  // namespace

absl::Status ValidateApp(absl::string_view app) {
  const absl::StatusOr<Principal> principal = Principal::Parse(app);
  if (!principal.ok()) return principal.status();
  if (principal->version().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("invalid app ", QuoteForDisplay(app),
                   ": expected an id without a version, as ",
                   QuoteForDisplay(principal->IdWithoutVersion())));
}

absl::Status ValidateChange(absl::string_view app,
                            const absl::optional<Approval>& approval,
                            const ChangeInfo& info) {
  if (absl::Status s = ValidateApp(app); !s.ok()) return s;
  if (info.who.empty()) {
    return absl::InvalidArgumentError("a change without anybody's name");
  }
  if (absl::FromUnixNanos(absl::ToUnixNanos(info.when)) != info.when) {
    return absl::InvalidArgumentError("the time of the change is out of range");
  }
  if (!approval) return absl::OkStatus();
  if (approval->app != app) {
    return absl::InvalidArgumentError(
        absl::StrCat("the approval is of ", QuoteForDisplay(approval->app),
                     ", not of ", QuoteForDisplay(app)));
  }
  return ValidateApproval(*approval);
}

absl::Status ValidateWatch(int64_t from_revision, int max_events) {
  if (from_revision < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid revision ", from_revision, ", expected 1 or more"));
  }
  if (max_events < 1 || max_events > ApprovalStore::kMaxWatchEvents) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid number of events ", max_events,
                     ", expected 1 to ", ApprovalStore::kMaxWatchEvents));
  }
  return absl::OkStatus();
}

absl::Status CheckExpected(absl::string_view app, const ApprovalState& current,
                           int64_t expected_revision,
                           const absl::optional<Approval>& approval) {
  if (current.revision != expected_revision) {
    return absl::AbortedError(
        absl::StrCat("the approval of ", QuoteForDisplay(app),
                     " changed: expected revision ", expected_revision,
                     ", found ", current.revision, "; review again"));
  }
  if (approval || current.approval) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(QuoteForDisplay(app), " has no approval to revoke"));
}

}  // namespace postern
