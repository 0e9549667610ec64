#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_SCHEMA_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_SCHEMA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "permission/approval/internal/sqlite.h"

namespace postern {
namespace internal {

// In the header of every approval store: "PsAp".
constexpr uint32_t kStoreApplicationId = 0x50734170;
// In user_version. A store of a newer version is refused.
constexpr int64_t kStoreVersion = 1;

// Makes the tables if the database is blank; another process may do the same at
// the same time. Only SQLite knows whether it is: a file with our header is
// blank again once the journal of a maker that was killed is rolled back.
absl::Status CreateSchema(const SqliteDatabase& db);

// FailedPrecondition for another application id or version, DataLoss if tables
// or triggers are not exactly those that CreateSchema() makes.
absl::Status CheckSchema(const SqliteDatabase& db);

// Switches to write-ahead logging, which stays in force for the file.
absl::Status UseWriteAheadLog(const SqliteDatabase& db, absl::Duration timeout);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_SCHEMA_H_
