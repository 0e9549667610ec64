#include "permission/approval/internal/sqlite.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {
namespace internal {
namespace {

absl::StatusCode CodeOf(int result) {
  switch (result & 0xff) {  // the primary code of an extended one
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kInternal;
  }
}

// What to add for errors whose cause SQLite's own words do not show.
absl::string_view Hint(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
      return "; another process holds it, try again";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return "; the file and its directory must be writable";
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return "; the disk may be full";
    default:
      return "";
  }
}

}  // namespace

absl::Status StoreError(absl::StatusCode code, absl::string_view path,
                        absl::string_view what) {
  return absl::Status(
      code, absl::StrCat("approval store ", QuoteForDisplay(path), ": ", what));
}

absl::Status SqliteError(int result, absl::string_view path,
                         absl::string_view what) {
  // Not sqlite3_errmsg(): it may quote what the file holds.
  return StoreError(CodeOf(result), path,
                    absl::StrCat(what, ": ", sqlite3_errstr(result), " (",
                                 result, ")", Hint(result)));
}

SqliteStatement& SqliteStatement::BindInt(int parameter, int64_t value) {
  const int result = sqlite3_bind_int64(statement_.get(), parameter, value);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

SqliteStatement& SqliteStatement::BindText(int parameter,
                                           absl::string_view value) {
  const int result =
      sqlite3_bind_text64(statement_.get(), parameter, value.data(),
                          value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

SqliteStatement& SqliteStatement::BindBlob(int parameter,
                                           absl::string_view value) {
  const int result = sqlite3_bind_blob64(
      statement_.get(), parameter, value.data(), value.size(), SQLITE_STATIC);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int result =
      bind_error_ == SQLITE_OK ? sqlite3_step(statement_.get()) : bind_error_;
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return SqliteError(result, *path_, "cannot read or write");
}

absl::Status SqliteStatement::Run() {
  for (;;) {
    const absl::StatusOr<bool> row = Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
  }
}

bool SqliteStatement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

absl::string_view SqliteStatement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return absl::string_view();
  return absl::string_view(static_cast<const char*>(data),
                           static_cast<size_t>(size));
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::OpenAs(
    const std::string& path, const std::string& name, int flags) {
  if (path.empty() || path[0] != '/') {
    // "", ":memory:" and "file:..." mean something else to SQLite.
    return StoreError(absl::StatusCode::kInvalidArgument, path,
                      "expected an absolute path");
  }
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path));
  sqlite3* db = nullptr;
  const int result =
      sqlite3_open_v2(name.c_str(), &db,
                      flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                          SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                      nullptr);
  database->db_.reset(db);  // also after an error, as its page says
  if (result != SQLITE_OK) return SqliteError(result, path, "cannot open");
  return database;
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(
    const std::string& path, absl::Duration busy_timeout) {
  auto database = OpenAs(path, path, SQLITE_OPEN_READWRITE);
  if (!database.ok()) return database;
  absl::Status status = (*database)->Configure(busy_timeout);
  if (!status.ok()) return status;
  return database;
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::OpenReadOnly(
    const std::string& path, absl::Duration busy_timeout) {
  auto database = OpenAs(path, path, SQLITE_OPEN_READONLY);
  if (!database.ok()) return database;
  absl::Status status = (*database)->Configure(busy_timeout);
  if (!status.ok()) return status;
  return database;
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::OpenCopy(
    const std::string& path, std::string bytes) {
  constexpr size_t kVersions = 18;  // sqlite.org/fileformat2.html, 1.3.3
  if (bytes.size() > kVersions + 1) {
    // In memory there is no write-ahead log.
    bytes[kVersions] = bytes[kVersions + 1] = 1;
  }
  auto database =
      OpenAs(path, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
  if (!database.ok()) return database;
  auto* const copy =
      static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
  if (copy == nullptr) return SqliteError(SQLITE_NOMEM, path, "cannot read");
  std::copy(bytes.begin(), bytes.end(), copy);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const int result = sqlite3_deserialize(
      (*database)->db_.get(), "main", copy, size, size,
      SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
  if (result != SQLITE_OK) return SqliteError(result, path, "cannot read");
  absl::Status status = (*database)->Configure(absl::ZeroDuration());
  if (!status.ok()) return status;
  return database;
}

absl::Status SqliteDatabase::Configure(absl::Duration busy_timeout) const {
  struct Setting {
    int option;
    int value;
  };
  // See "Defense Against The Dark Arts", sqlite.org/security.html.
  constexpr Setting kSettings[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
  };
  for (const Setting& setting : kSettings) {
    int now = -1;
    const int result =
        sqlite3_db_config(db_.get(), setting.option, setting.value, &now);
    if (result != SQLITE_OK || now != setting.value) {
      return SqliteError(result, path_, "cannot set up the connection");
    }
  }
  constexpr int64_t kLongest = std::numeric_limits<int>::max();
  const int64_t wait_ms = absl::ToInt64Milliseconds(busy_timeout);
  sqlite3_busy_timeout(db_.get(),
                       static_cast<int>(std::min(wait_ms, kLongest)));
  return Execute(
      "PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON;"
      "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;");
}

absl::StatusOr<SqliteStatement> SqliteDatabase::Prepare(const char* sql) const {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(db_.get(), sql, -1, 0, &statement, nullptr);
  if (result != SQLITE_OK) return SqliteError(result, path_, "cannot prepare");
  return SqliteStatement(&path_, statement);
}

absl::Status SqliteDatabase::Execute(const char* sql) const {
  const int result = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return absl::OkStatus();
  return SqliteError(result, path_, "cannot read or write");
}

absl::StatusOr<std::string> SqliteDatabase::QueryText(const char* sql) const {
  absl::StatusOr<SqliteStatement> query = Prepare(sql);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(query->Bytes(0)) : std::string();
}

absl::StatusOr<int64_t> SqliteDatabase::QueryInt(const char* sql) const {
  absl::StatusOr<SqliteStatement> query = Prepare(sql);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  return *row ? query->Int(0) : 0;
}

absl::StatusOr<SqliteTransaction> SqliteTransaction::Begin(
    const SqliteDatabase& db, const char* begin) {
  if (absl::Status s = db.Execute(begin); !s.ok()) return s;
  return SqliteTransaction(&db);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
  // An error that ended the transaction already makes this one fail: no harm.
  if (db_ != nullptr) db_->Execute("ROLLBACK").IgnoreError();
}

absl::Status SqliteTransaction::Commit() {
  absl::Status status = db_->Execute("COMMIT");
  if (status.ok()) db_ = nullptr;
  return status;
}

}  // namespace internal
}  // namespace postern
