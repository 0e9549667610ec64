#include "permission/approval/testing/fake_approval_store.h"

#include <map>

namespace postern {
namespace {

ApprovalState LastOf(const std::vector<ApprovalEvent>& events,
                     absl::string_view app) {
  ApprovalState state;
  for (const ApprovalEvent& event : events) {
    if (event.app != app) continue;
    state.revision = event.revision;
    state.approval = event.approval;
  }
  return state;
}

}  // namespace

std::vector<ApprovalEvent> FakeApprovalStore::Events() const {
  internal::MutexLock lock(&mutex_);
  return events_;
}

absl::StatusOr<ApprovalState> FakeApprovalStore::Get(
    absl::string_view app) const {
  if (absl::Status s = ValidateApp(app); !s.ok()) return s;
  return LastOf(Events(), app);
}

absl::StatusOr<int64_t> FakeApprovalStore::CompareAndSet(
    absl::string_view app, int64_t expected_revision,
    const absl::optional<Approval>& approval, const ChangeInfo& info) {
  if (absl::Status s = ValidateChange(app, approval, info); !s.ok()) return s;
  internal::MutexLock lock(&mutex_);
  const ApprovalState current = LastOf(events_, app);
  if (absl::Status s = CheckExpected(app, current, expected_revision, approval);
      !s.ok()) {
    return s;
  }
  ApprovalEvent event;
  event.revision = static_cast<int64_t>(events_.size()) + 1;
  event.app = std::string(app);
  event.approval = approval;
  event.info = info;
  events_.push_back(event);
  return event.revision;
}

absl::StatusOr<std::vector<ApprovalEvent>> FakeApprovalStore::Watch(
    int64_t from_revision, int max_events) const {
  if (absl::Status s = ValidateWatch(from_revision, max_events); !s.ok()) {
    return s;
  }
  std::vector<ApprovalEvent> found;
  for (const ApprovalEvent& event : Events()) {
    if (event.revision < from_revision) continue;
    if (static_cast<int>(found.size()) == max_events) break;
    found.push_back(event);
  }
  return found;
}

absl::StatusOr<std::vector<ApprovalEvent>> FakeApprovalStore::History(
    absl::string_view app) const {
  if (absl::Status s = ValidateApp(app); !s.ok()) return s;
  std::vector<ApprovalEvent> found;
  for (const ApprovalEvent& event : Events()) {
    if (event.app == app) found.push_back(event);
  }
  return found;
}

absl::StatusOr<std::vector<AppApproval>> FakeApprovalStore::List() const {
  std::map<std::string, ApprovalEvent> last;
  for (const ApprovalEvent& event : Events()) last[event.app] = event;
  std::vector<AppApproval> found;
  for (const auto& [app, event] : last) {
    if (event.approval) found.push_back({app, event.revision, *event.approval});
  }
  return found;
}

}  // namespace postern
