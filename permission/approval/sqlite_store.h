#ifndef POSTERN_PERMISSION_APPROVAL_SQLITE_STORE_H_
#define POSTERN_PERMISSION_APPROVAL_SQLITE_STORE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "permission/approval/store.h"
#include "permission/internal/mutex.h"

namespace postern {

namespace internal {
class SqliteDatabase;
class StoreReader;
}  // namespace internal

struct SqliteStoreOptions {
  // How long a call waits for another process's write; then Unavailable.
  absl::Duration busy_timeout = absl::Seconds(5);
};

// Approvals in one SQLite file: a table of events that SQLite itself lets
// nobody change or delete, and one row for each app that names its last event.
// A write is on the disk when CompareAndSet() returns (WAL, synchronous=FULL).
// Thread-safe; several objects and processes may share a file on a local disk.
// Not to be used in a child of fork(). Whoever can write the file or its
// directory can approve: both must belong to this user or to root, and be
// writable by their owner alone. The triggers and checksums are against
// mistakes, not against the owner.
class SqliteApprovalStore : public ApprovalStore {
 public:
  // Opens or creates `path`; a new file has mode 0600. FailedPrecondition, and
  // the file unchanged, if it is no approval store, a link, of another owner,
  // writable by others, or of a newer version; DataLoss if its tables are not
  // as this library made them.
  static absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> Open(
      absl::string_view path,
      const SqliteStoreOptions& options = SqliteStoreOptions());
  // Opens what is there. Needs no right to write and no room on the disk; where
  // there is none of it, CompareAndSet() is FailedPrecondition, each call reads
  // the whole file, and one of more than 64 MiB is ResourceExhausted. NotFound,
  // and nothing is made, if there is no file or an empty one: as good as an
  // empty store.
  static absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> OpenForReading(
      absl::string_view path,
      const SqliteStoreOptions& options = SqliteStoreOptions());
  ~SqliteApprovalStore() override;
  SqliteApprovalStore(const SqliteApprovalStore&) = delete;
  SqliteApprovalStore& operator=(const SqliteApprovalStore&) = delete;

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

  // Reads everything: SQLite's own check of the file, each event, that the
  // revisions have no gap, that each app's row names its last event. DataLoss
  // with the first thing that is wrong. Takes time with the file's size.
  absl::Status Verify() const;

 private:
  // One of the two is null.
  SqliteApprovalStore(std::unique_ptr<internal::SqliteDatabase> db,
                      std::unique_ptr<internal::StoreReader> reader);
  template <typename T>
  absl::StatusOr<T> Read(
      absl::FunctionRef<absl::StatusOr<T>(const internal::SqliteDatabase&)>
          query) const;

  mutable internal::Mutex mutex_;
  const std::unique_ptr<internal::SqliteDatabase> db_
      POSTERN_GUARDED_BY(mutex_);
  const std::unique_ptr<internal::StoreReader> reader_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_SQLITE_STORE_H_
