#include "permission/approval/internal/store_schema.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "permission/text/display.h"

namespace postern {
namespace internal {
namespace {

struct SchemaEntry {
  const char* name;
  const char* sql;  // as sqlite_schema keeps it
};

// In the order of names. Changing any of these is a new kStoreVersion.
constexpr SchemaEntry kSchema[] = {
    {"current_approval",
     "CREATE TABLE current_approval (app TEXT PRIMARY KEY, revision INTEGER "
     "NOT NULL UNIQUE REFERENCES event (revision)) STRICT, WITHOUT ROWID"},
    {"current_moves_forward",
     "CREATE TRIGGER current_moves_forward BEFORE UPDATE ON current_approval "
     "WHEN NEW.app IS NOT OLD.app OR NEW.revision <= OLD.revision BEGIN SELECT "
     "RAISE(ABORT, 'the current revision only grows'); END"},
    {"current_no_delete",
     "CREATE TRIGGER current_no_delete BEFORE DELETE ON current_approval BEGIN "
     "SELECT RAISE(ABORT, 'apps are never forgotten'); END"},
    {"event",
     "CREATE TABLE event (revision INTEGER PRIMARY KEY, app TEXT NOT NULL, "
     "payload BLOB NOT NULL) STRICT"},
    {"event_by_app", "CREATE INDEX event_by_app ON event (app, revision)"},
    // Also against INSERT OR REPLACE.
    {"event_consecutive",
     "CREATE TRIGGER event_consecutive BEFORE INSERT ON event WHEN "
     "NEW.revision IS NOT (SELECT coalesce(max(revision), 0) + 1 FROM event) "
     "BEGIN SELECT RAISE(ABORT, 'revisions are consecutive'); END"},
    {"event_no_delete",
     "CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT "
     "RAISE(ABORT, 'events are append-only'); END"},
    {"event_no_update",
     "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT "
     "RAISE(ABORT, 'events are append-only'); END"},
};

// Tables before what refers to them.
constexpr const char* kOrder[] = {"event", "current_approval"};

absl::Status Create(const SqliteDatabase& db) {
  for (const char* name : kOrder) {
    for (const SchemaEntry& entry : kSchema) {
      if (absl::string_view(entry.name) != name) continue;
      if (absl::Status s = db.Execute(entry.sql); !s.ok()) return s;
    }
  }
  for (const SchemaEntry& entry : kSchema) {
    const absl::string_view name = entry.name;
    if (name == kOrder[0] || name == kOrder[1]) continue;
    if (absl::Status s = db.Execute(entry.sql); !s.ok()) return s;
  }
  // Both numbers are part of the transaction.
  static_assert(kStoreApplicationId == 1349730672 && kStoreVersion == 1,
                "as below");
  return db.Execute(
      "PRAGMA application_id = 1349730672; PRAGMA user_version = 1");
}

// Whether nothing at all was ever put into the database.
absl::StatusOr<bool> IsBlank(const SqliteDatabase& db) {
  for (const char* query : {"SELECT count(*) FROM sqlite_schema",
                            "PRAGMA application_id", "PRAGMA user_version"}) {
    const absl::StatusOr<int64_t> number = db.QueryInt(query);
    if (!number.ok()) return number.status();
    if (*number != 0) return false;
  }
  return true;
}

absl::Status CheckNumbers(const SqliteDatabase& db) {
  const absl::StatusOr<int64_t> id = db.QueryInt("PRAGMA application_id");
  if (!id.ok()) return id.status();
  const absl::StatusOr<int64_t> version = db.QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*id != kStoreApplicationId || *version < 1) {
    return StoreError(absl::StatusCode::kFailedPrecondition, db.path(),
                      "it is a database of something else");
  }
  if (*version <= kStoreVersion) return absl::OkStatus();
  return StoreError(
      absl::StatusCode::kFailedPrecondition, db.path(),
      absl::StrCat("it is of version ", *version,
                   ", this library knows versions up to ", kStoreVersion));
}

absl::Status Differs(const SqliteDatabase& db, absl::string_view name) {
  return StoreError(
      absl::StatusCode::kDataLoss, db.path(),
      absl::StrCat("its tables were changed, see ", QuoteForDisplay(name)));
}

}  // namespace

absl::Status CreateSchema(const SqliteDatabase& db) {
  absl::StatusOr<bool> blank = IsBlank(db);
  if (!blank.ok() || !*blank) return blank.status();
  absl::StatusOr<SqliteTransaction> transaction =
      SqliteTransaction::Begin(db, "BEGIN EXCLUSIVE");
  if (!transaction.ok()) return transaction.status();
  blank = IsBlank(db);  // another process may have been first
  if (!blank.ok() || !*blank) return blank.status();
  if (absl::Status s = Create(db); !s.ok()) return s;
  return transaction->Commit();
}

absl::Status CheckSchema(const SqliteDatabase& db) {
  if (absl::Status s = CheckNumbers(db); !s.ok()) return s;
  absl::StatusOr<SqliteStatement> query = db.Prepare(
      "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
      "ORDER BY name COLLATE BINARY");
  if (!query.ok()) return query.status();
  for (const SchemaEntry& entry : kSchema) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row || query->Bytes(0) != entry.name ||
        query->Bytes(1) != entry.sql) {
      return Differs(db, entry.name);
    }
  }
  const absl::StatusOr<bool> more = query->Step();
  if (!more.ok()) return more.status();
  return *more ? Differs(db, query->Bytes(0)) : absl::OkStatus();
}

absl::Status UseWriteAheadLog(const SqliteDatabase& db,
                              absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    // SQLite's busy timeout does not cover this change of mode.
    const absl::StatusOr<std::string> mode =
        db.QueryText("PRAGMA journal_mode = WAL");
    if (mode.ok() && *mode == "wal") return absl::OkStatus();
    if (mode.ok()) {
      return StoreError(absl::StatusCode::kFailedPrecondition, db.path(),
                        "its file system does not allow a write-ahead log");
    }
    if (!absl::IsUnavailable(mode.status()) || absl::Now() >= deadline) {
      return mode.status();
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
}

}  // namespace internal
}  // namespace postern
