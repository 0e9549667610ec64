#include "permission/approval/internal/store_reader.h"

#include <sys/stat.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "permission/approval/internal/store_file.h"
#include "permission/approval/internal/store_schema.h"

namespace postern {
namespace internal {
namespace {

using Query = absl::FunctionRef<absl::Status(const SqliteDatabase&)>;

// What tells that a file was written. Zero for none.
struct Version {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec modified = {};
  timespec changed = {};

  friend bool operator==(const Version& a, const Version& b) {
    return a.device == b.device && a.inode == b.inode && a.size == b.size &&
           Same(a.modified, b.modified) && Same(a.changed, b.changed);
  }
  static bool Same(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  }
};

Version Look(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return Version();
  return Version{info.st_dev, info.st_ino, info.st_size, info.st_mtim,
                 info.st_ctim};
}

// A store with its two logs: of writes that are not in it yet, and of what to
// restore if a write does not end.
struct Versions {
  explicit Versions(const std::string& path)
      : store(Look(path)),
        log(Look(path + "-wal")),
        journal(Look(path + "-journal")) {}
  bool has_log() const { return log.size > 0 || journal.size > 0; }
  friend bool operator==(const Versions& a, const Versions& b) {
    return a.store == b.store && a.has_log() == b.has_log();
  }

  Version store;
  Version log;
  Version journal;
};

absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenCopyOf(
    const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadStoreFile(path);
  if (!bytes.ok()) return bytes.status();
  return SqliteDatabase::OpenCopy(path, *std::move(bytes));
}

absl::Status ReadFrom(const std::string& path, bool has_log,
                      absl::Duration timeout, Query query) {
  const absl::StatusOr<std::unique_ptr<SqliteDatabase>> db =
      has_log ? SqliteDatabase::OpenReadOnly(path, timeout) : OpenCopyOf(path);
  if (!db.ok()) return db.status();
  absl::Status status = CheckSchema(**db);
  if (status.ok()) status = query(**db);
  return status;
}

absl::Status Unfinished(const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(),
                   "; its last write did not end: let somebody who may write "
                   "it open it once"));
}

}  // namespace

absl::Status StoreReader::Read(Query query) const {
  const absl::Time deadline = absl::Now() + timeout_;
  for (;;) {
    const Versions before(path_);
    absl::Status status = ReadFrom(path_, before.has_log(), timeout_, query);
    // SQLite itself sees to it that nothing changes under it.
    if (status.ok() && before.has_log()) return status;
    if (before == Versions(path_)) {
      return status.ok() || !before.has_log() ? status : Unfinished(status);
    }
    if (absl::Now() >= deadline) {
      return StoreError(absl::StatusCode::kUnavailable, path_,
                        "it changes all the time; try again");
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
}

}  // namespace internal
}  // namespace postern
