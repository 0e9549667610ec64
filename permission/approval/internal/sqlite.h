#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_SQLITE_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_SQLITE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern {
namespace internal {

// One prepared statement. Values are only ever bound, and must live until the
// last Step(). Not thread-safe.
class SqliteStatement {
 public:
  SqliteStatement& BindInt(int parameter, int64_t value);
  SqliteStatement& BindText(int parameter, absl::string_view value);
  SqliteStatement& BindBlob(int parameter, absl::string_view value);

  // True if there is a row to read, false at the end.
  absl::StatusOr<bool> Step();
  // Runs a statement that gives no rows, or whose rows do not matter.
  absl::Status Run();

  bool IsNull(int column) const;
  int64_t Int(int column) const;
  // Valid until the next Step().
  absl::string_view Bytes(int column) const;

 private:
  friend class SqliteDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  SqliteStatement(const std::string* path, sqlite3_stmt* statement)
      : path_(path), statement_(statement) {}

  const std::string* path_;  // of the database, for messages
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_error_ = SQLITE_OK;
};

// One connection to an existing file. Statements must not outlive it. Not
// thread-safe, not to be used in a child of fork().
class SqliteDatabase {
 public:
  // Opens the file read-write, follows no link, and makes the connection
  // distrust what the file's schema says. `path` must be absolute.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(
      const std::string& path, absl::Duration busy_timeout);
  // Open(), to read the file only. SQLite needs what a writer keeps beside it.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenReadOnly(
      const std::string& path, absl::Duration busy_timeout);
  // Opens a copy of a file's bytes, in memory and read-only.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenCopy(
      const std::string& path, std::string bytes);
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // `sql` is a constant of the program: it takes no text from anywhere else.
  absl::StatusOr<SqliteStatement> Prepare(const char* sql) const;
  absl::Status Execute(const char* sql) const;
  // The first column of the first row, "" or 0 if there is none.
  absl::StatusOr<std::string> QueryText(const char* sql) const;
  absl::StatusOr<int64_t> QueryInt(const char* sql) const;

  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  explicit SqliteDatabase(std::string path) : path_(std::move(path)) {}
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenAs(
      const std::string& path, const std::string& name, int flags);
  absl::Status Configure(absl::Duration busy_timeout) const;

  const std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

// BEGIN (of some kind) now, ROLLBACK at the end unless committed.
class SqliteTransaction {
 public:
  static absl::StatusOr<SqliteTransaction> Begin(const SqliteDatabase& db,
                                                 const char* begin);
  ~SqliteTransaction();
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;

  absl::Status Commit();

 private:
  explicit SqliteTransaction(const SqliteDatabase* db) : db_(db) {}
  const SqliteDatabase* db_;
};

// `approval store "PATH": WHAT`, and the same with the code that SQLite gave:
// Unavailable if another process has it locked, DataLoss if it is damaged.
absl::Status StoreError(absl::StatusCode code, absl::string_view path,
                        absl::string_view what);
absl::Status SqliteError(int result, absl::string_view path,
                         absl::string_view what);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_SQLITE_H_
