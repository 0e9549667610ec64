#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_READER_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_READER_H_

#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "permission/approval/internal/sqlite.h"

namespace postern {
namespace internal {

// Reads a store for somebody who cannot write it: another user, or anybody on a
// read-only or full disk. SQLite itself cannot read a file with a write-ahead
// log without one beside it. Where there is none, nobody writes: then a copy of
// the file is read, and read again if the file changed meanwhile. Thread-safe.
class StoreReader {
 public:
  // `path` as from FindStoreFile().
  StoreReader(std::string path, absl::Duration timeout)
      : path_(std::move(path)), timeout_(timeout) {}

  // Calls `query` with the store of one moment, perhaps more than once: only
  // what the last call saw counts. Unavailable if the file changes all the
  // time.
  absl::Status Read(
      absl::FunctionRef<absl::Status(const SqliteDatabase&)> query) const;

 private:
  const std::string path_;
  const absl::Duration timeout_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_READER_H_
