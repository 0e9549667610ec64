#include "permission/approval/sqlite_store.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/approval/event_codec.h"
#include "permission/approval/internal/sqlite.h"
#include "permission/approval/internal/store_file.h"
#include "permission/approval/internal/store_reader.h"
#include "permission/approval/internal/store_schema.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::MutexLock;
using internal::QuoteForDisplay;
using internal::SqliteDatabase;
using internal::SqliteStatement;
using internal::SqliteTransaction;
using internal::StoreReader;
using Events = std::vector<ApprovalEvent>;

absl::Status Damaged(const SqliteDatabase& db, absl::string_view what) {
  return internal::StoreError(absl::StatusCode::kDataLoss, db.path(), what);
}

// The event in columns 0 (revision), 1 (app) and 2 (payload).
absl::StatusOr<ApprovalEvent> ReadEvent(const SqliteDatabase& db,
                                        const SqliteStatement& row) {
  const int64_t revision = row.Int(0);
  const std::string name =
      absl::StrCat("event ", revision, " of ", QuoteForDisplay(row.Bytes(1)));
  absl::StatusOr<ApprovalEvent> event = DecodeEvent(row.Bytes(2));
  if (!event.ok()) {
    return Damaged(
        db, absl::StrCat(name, " cannot be read: ", event.status().message()));
  }
  if (event->revision != revision || event->app != row.Bytes(1)) {
    return Damaged(db, absl::StrCat(name, " holds event ", event->revision,
                                    " of ", QuoteForDisplay(event->app)));
  }
  return event;
}

absl::StatusOr<std::vector<ApprovalEvent>> ReadEvents(const SqliteDatabase& db,
                                                      SqliteStatement* query) {
  std::vector<ApprovalEvent> events;
  for (;;) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return events;
    absl::StatusOr<ApprovalEvent> event = ReadEvent(db, *query);
    if (!event.ok()) return event.status();
    events.push_back(*std::move(event));
  }
}

// The last event of an app, which column 3 must name as the current one.
absl::StatusOr<ApprovalEvent> ReadLastEvent(const SqliteDatabase& db,
                                            const SqliteStatement& row) {
  if (row.IsNull(3) || row.Int(3) != row.Int(0)) {
    return Damaged(db, absl::StrCat("the current approval of ",
                                    QuoteForDisplay(row.Bytes(1)),
                                    " is not its last event ", row.Int(0)));
  }
  return ReadEvent(db, row);
}

absl::StatusOr<ApprovalState> ReadState(const SqliteDatabase& db,
                                        absl::string_view app) {
  absl::StatusOr<SqliteStatement> query = db.Prepare(
      "SELECT revision, app, payload, "
      "(SELECT c.revision FROM current_approval c WHERE c.app = ?1) "
      "FROM event WHERE app = ?1 ORDER BY revision DESC LIMIT 1");
  if (!query.ok()) return query.status();
  query->BindText(1, app);
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  ApprovalState state;
  if (!*row) return state;
  absl::StatusOr<ApprovalEvent> event = ReadLastEvent(db, *query);
  if (!event.ok()) return event.status();
  state.revision = event->revision;
  state.approval = std::move(event->approval);
  return state;
}

absl::Status WriteEvent(const SqliteDatabase& db, const ApprovalEvent& event) {
  const absl::StatusOr<std::string> payload = EncodeEvent(event);
  if (!payload.ok()) return payload.status();
  absl::StatusOr<SqliteStatement> insert = db.Prepare(
      "INSERT INTO event (revision, app, payload) VALUES (?1, ?2, ?3)");
  if (!insert.ok()) return insert.status();
  insert->BindInt(1, event.revision).BindText(2, event.app);
  insert->BindBlob(3, *payload);
  if (absl::Status s = insert->Run(); !s.ok()) return s;
  absl::StatusOr<SqliteStatement> update = db.Prepare(
      "INSERT INTO current_approval (app, revision) VALUES (?1, ?2) "
      "ON CONFLICT (app) DO UPDATE SET revision = excluded.revision");
  if (!update.ok()) return update.status();
  update->BindText(1, event.app).BindInt(2, event.revision);
  return update->Run();
}

// The revision that the next event gets.
absl::StatusOr<int64_t> NextRevision(const SqliteDatabase& db) {
  return db.QueryInt("SELECT coalesce(max(revision), 0) + 1 FROM event");
}

absl::Status VerifyFile(const SqliteDatabase& db) {
  const absl::StatusOr<std::string> found =
      db.QueryText("PRAGMA integrity_check(1)");
  if (!found.ok()) return found.status();
  if (*found == "ok") return absl::OkStatus();
  return Damaged(db, internal::EscapeForDisplay(*found));
}

// Each event in turn; the last one of each app goes to `last`.
absl::Status VerifyEvents(const SqliteDatabase& db,
                          std::map<std::string, int64_t>* last) {
  absl::StatusOr<SqliteStatement> query =
      db.Prepare("SELECT revision, app, payload FROM event ORDER BY revision");
  if (!query.ok()) return query.status();
  for (int64_t expected = 1;; ++expected) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const absl::StatusOr<ApprovalEvent> event = ReadEvent(db, *query);
    if (!event.ok()) return event.status();
    if (event->revision != expected) {
      return Damaged(db, absl::StrCat("event ", expected, " is missing"));
    }
    (*last)[event->app] = event->revision;
  }
}

absl::Status VerifyCurrent(const SqliteDatabase& db,
                           std::map<std::string, int64_t> last) {
  absl::StatusOr<SqliteStatement> query =
      db.Prepare("SELECT revision, app FROM current_approval");
  if (!query.ok()) return query.status();
  for (;;) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const auto found = last.find(std::string(query->Bytes(1)));
    if (found == last.end() || found->second != query->Int(0)) {
      return Damaged(db, absl::StrCat("the current approval of ",
                                      QuoteForDisplay(query->Bytes(1)),
                                      " is not its last event"));
    }
    last.erase(found);
  }
  if (last.empty()) return absl::OkStatus();
  return Damaged(db, absl::StrCat("no current approval of ",
                                  QuoteForDisplay(last.begin()->first)));
}

absl::StatusOr<std::vector<AppApproval>> ReadList(const SqliteDatabase& db) {
  absl::StatusOr<SqliteStatement> query = db.Prepare(
      "SELECT e.revision, e.app, e.payload, c.revision FROM event e "
      "LEFT JOIN current_approval c ON c.app = e.app WHERE e.revision = "
      "(SELECT max(m.revision) FROM event m WHERE m.app = e.app) "
      "ORDER BY e.app");
  if (!query.ok()) return query.status();
  std::vector<AppApproval> found;
  for (;;) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return found;
    absl::StatusOr<ApprovalEvent> event = ReadLastEvent(db, *query);
    if (!event.ok()) return event.status();
    if (!event->approval) continue;
    found.push_back({event->app, event->revision, *std::move(event->approval)});
  }
}

absl::Status VerifyAll(const SqliteDatabase& db) {
  // One snapshot for all of it; nothing is written, so nothing to commit.
  const absl::StatusOr<SqliteTransaction> snapshot =
      SqliteTransaction::Begin(db, "BEGIN");
  if (!snapshot.ok()) return snapshot.status();
  if (absl::Status s = VerifyFile(db); !s.ok()) return s;
  std::map<std::string, int64_t> last;
  if (absl::Status s = VerifyEvents(db, &last); !s.ok()) return s;
  return VerifyCurrent(db, std::move(last));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> SqliteApprovalStore::Open(
    absl::string_view path, const SqliteStoreOptions& options) {
  const absl::StatusOr<std::string> file = internal::PrepareStoreFile(path);
  if (!file.ok()) return file.status();
  absl::Status status =
      internal::CheckStoreFile(*file, internal::kStoreApplicationId);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<SqliteDatabase>> db =
      SqliteDatabase::Open(*file, options.busy_timeout);
  if (!db.ok()) return db.status();
  status = internal::CreateSchema(**db);
  if (status.ok()) status = internal::CheckSchema(**db);
  if (status.ok()) {
    status = internal::UseWriteAheadLog(**db, options.busy_timeout);
  }
  if (!status.ok()) return status;
  return std::unique_ptr<SqliteApprovalStore>(
      new SqliteApprovalStore(*std::move(db), nullptr));
}

absl::StatusOr<std::unique_ptr<SqliteApprovalStore>>
SqliteApprovalStore::OpenForReading(absl::string_view path,
                                    const SqliteStoreOptions& options) {
  const absl::StatusOr<std::string> file = internal::FindStoreFile(path);
  if (!file.ok()) return file.status();
  absl::Status status =
      internal::CheckStoreFile(*file, internal::kStoreApplicationId);
  if (!status.ok()) return status;
  absl::Status not_opened;
  if (internal::MayWriteStoreFile(*file)) {
    absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> store =
        Open(path, options);
    if (store.ok() || absl::IsDataLoss(store.status())) return store;
    not_opened = store.status();  // the disk may be full
  }
  auto reader = std::make_unique<StoreReader>(*file, options.busy_timeout);
  status = reader->Read([](const SqliteDatabase&) { return absl::OkStatus(); });
  if (!status.ok()) return not_opened.ok() ? status : not_opened;
  return std::unique_ptr<SqliteApprovalStore>(
      new SqliteApprovalStore(nullptr, std::move(reader)));
}

SqliteApprovalStore::SqliteApprovalStore(std::unique_ptr<SqliteDatabase> db,
                                         std::unique_ptr<StoreReader> reader)
    : db_(std::move(db)), reader_(std::move(reader)) {}

SqliteApprovalStore::~SqliteApprovalStore() = default;

template <typename T>
absl::StatusOr<T> SqliteApprovalStore::Read(
    absl::FunctionRef<absl::StatusOr<T>(const SqliteDatabase&)> query) const {
  MutexLock lock(&mutex_);
  if (db_ != nullptr) return query(*db_);
  absl::StatusOr<T> result = absl::UnknownError("not read");
  absl::Status status = reader_->Read([&](const SqliteDatabase& db) {
    result = query(db);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<ApprovalState> SqliteApprovalStore::Get(
    absl::string_view app) const {
  if (absl::Status s = ValidateApp(app); !s.ok()) return s;
  return Read<ApprovalState>(
      [app](const SqliteDatabase& db) { return ReadState(db, app); });
}

absl::StatusOr<int64_t> SqliteApprovalStore::CompareAndSet(
    absl::string_view app, int64_t expected_revision,
    const absl::optional<Approval>& approval, const ChangeInfo& info) {
  if (absl::Status s = ValidateChange(app, approval, info); !s.ok()) return s;
  MutexLock lock(&mutex_);
  if (db_ == nullptr) {
    return absl::FailedPreconditionError(
        "the approval store was opened for reading, and cannot be written: the "
        "user or the disk does not allow it");
  }
  absl::StatusOr<SqliteTransaction> transaction =
      SqliteTransaction::Begin(*db_, "BEGIN IMMEDIATE");
  if (!transaction.ok()) return transaction.status();
  const absl::StatusOr<ApprovalState> current = ReadState(*db_, app);
  if (!current.ok()) return current.status();
  absl::Status status =
      CheckExpected(app, *current, expected_revision, approval);
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> revision = NextRevision(*db_);
  if (!revision.ok()) return revision.status();
  status = WriteEvent(*db_, {*revision, std::string(app), approval, info});
  if (status.ok()) status = transaction->Commit();
  if (!status.ok()) return status;
  return *revision;
}

absl::StatusOr<std::vector<ApprovalEvent>> SqliteApprovalStore::Watch(
    int64_t from_revision, int max_events) const {
  if (absl::Status s = ValidateWatch(from_revision, max_events); !s.ok()) {
    return s;
  }
  return Read<Events>([&](const SqliteDatabase& db) -> absl::StatusOr<Events> {
    absl::StatusOr<SqliteStatement> query = db.Prepare(
        "SELECT revision, app, payload FROM event WHERE revision >= ?1 "
        "ORDER BY revision LIMIT ?2");
    if (!query.ok()) return query.status();
    query->BindInt(1, from_revision).BindInt(2, max_events);
    return ReadEvents(db, &*query);
  });
}

absl::StatusOr<std::vector<ApprovalEvent>> SqliteApprovalStore::History(
    absl::string_view app) const {
  if (absl::Status s = ValidateApp(app); !s.ok()) return s;
  return Read<Events>([&](const SqliteDatabase& db) -> absl::StatusOr<Events> {
    absl::StatusOr<SqliteStatement> query = db.Prepare(
        "SELECT revision, app, payload FROM event WHERE app = ?1 "
        "ORDER BY revision");
    if (!query.ok()) return query.status();
    query->BindText(1, app);
    return ReadEvents(db, &*query);
  });
}

absl::StatusOr<std::vector<AppApproval>> SqliteApprovalStore::List() const {
  return Read<std::vector<AppApproval>>(&ReadList);
}

absl::Status SqliteApprovalStore::Verify() const {
  return Read<bool>([](const SqliteDatabase& db) -> absl::StatusOr<bool> {
           const absl::Status status = VerifyAll(db);
           if (!status.ok()) return status;
           return true;
         })
      .status();
}

}  // namespace postern
