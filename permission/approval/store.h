#ifndef POSTERN_PERMISSION_APPROVAL_STORE_H_
#define POSTERN_PERMISSION_APPROVAL_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/approval/approval.h"

namespace postern {

// Who changed an app's approval, when and why. The words are the host's.
struct ChangeInfo {
  std::string who;   // not empty
  absl::Time when;   // whole nanoseconds of the years 1678 to 2261
  std::string note;  // may be empty
};

// One change: an approval, or its revocation. It is kept for ever.
struct ApprovalEvent {
  int64_t revision = 0;  // from 1, without a gap over all apps of a store
  std::string app;
  absl::optional<Approval> approval;  // nullopt: revoked
  ChangeInfo info;
};

struct AppApproval {
  std::string app;
  int64_t revision = 0;
  Approval approval;
};

// Keeps approvals and every change of them. Implementations are thread-safe,
// and one that several processes use is safe between them too. Calls may block
// on a disk or a network. Apps are ids without version, else InvalidArgument.
// What cannot be read for certain is an error (DataLoss), never an approval.
class ApprovalStore {
 public:
  // Events that one Watch() returns at most.
  static constexpr int kMaxWatchEvents = 1000;

  virtual ~ApprovalStore() = default;

  // Revision 0 and no approval for an app never heard of.
  virtual absl::StatusOr<ApprovalState> Get(absl::string_view app) const = 0;

  // Makes `approval` the app's (nullopt: revokes what it has), if
  // `expected_revision` still is the app's last change, as Get() said. Returns
  // the change's revision once it is durable. Aborted if somebody else was
  // first: read, review and decide again. NotFound if there is nothing to
  // revoke. After Unavailable nothing was changed. After any other error ask
  // Get().
  virtual absl::StatusOr<int64_t> CompareAndSet(
      absl::string_view app, int64_t expected_revision,
      const absl::optional<Approval>& approval, const ChangeInfo& info) = 0;

  // The changes from `from_revision` (at least 1) on, oldest first, at most
  // `max_events` (1 to kMaxWatchEvents); empty if there are none yet. Does not
  // wait: whoever follows asks again from the last one's revision plus 1.
  virtual absl::StatusOr<std::vector<ApprovalEvent>> Watch(
      int64_t from_revision, int max_events) const = 0;

  // Every change of one app, oldest first.
  virtual absl::StatusOr<std::vector<ApprovalEvent>> History(
      absl::string_view app) const = 0;

  // Every app with an approval, expired ones too, ordered by the bytes of its
  // id.
  virtual absl::StatusOr<std::vector<AppApproval>> List() const = 0;
};

// What every implementation checks first, with the same words.
absl::Status ValidateApp(absl::string_view app);
absl::Status ValidateChange(absl::string_view app,
                            const absl::optional<Approval>& approval,
                            const ChangeInfo& info);
absl::Status ValidateWatch(int64_t from_revision, int max_events);

// What every implementation answers when `current` is not as expected.
absl::Status CheckExpected(absl::string_view app, const ApprovalState& current,
                           int64_t expected_revision,
                           const absl::optional<Approval>& approval);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_STORE_H_
