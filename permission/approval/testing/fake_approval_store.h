#ifndef POSTERN_PERMISSION_APPROVAL_TESTING_FAKE_APPROVAL_STORE_H_
#define POSTERN_PERMISSION_APPROVAL_TESTING_FAKE_APPROVAL_STORE_H_

#include <cstdint>
#include <vector>

#include "permission/approval/store.h"
#include "permission/internal/mutex.h"

namespace postern {

// A store that forgets everything when it dies, for tests. Thread-safe.
class FakeApprovalStore : public ApprovalStore {
 public:
  absl::StatusOr<ApprovalState> Get(absl::string_view app) const override;
  absl::StatusOr<int64_t> CompareAndSet(
      absl::string_view app, int64_t expected_revision,
      const absl::optional<Approval>& approval,
      const ChangeInfo& info) override;
  absl::StatusOr<std::vector<ApprovalEvent>> Watch(
      int64_t from_revision, int max_events) const override;
  absl::StatusOr<std::vector<ApprovalEvent>> History(
      absl::string_view app) const override;
  absl::StatusOr<std::vector<AppApproval>> List() const override;

 private:
  std::vector<ApprovalEvent> Events() const;

  mutable internal::Mutex mutex_;
  std::vector<ApprovalEvent> events_ POSTERN_GUARDED_BY(mutex_);
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_TESTING_FAKE_APPROVAL_STORE_H_
