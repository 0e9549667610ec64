#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_FILE_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace internal {

// The absolute name of the store's file, links in its directory resolved;
// creates an empty file of mode 0600 if there is none, durably. Refused: a
// last component that is no regular file (a link, too), and a file or directory
// that others than its owner may write, or whose owner is neither this process
// nor root: whoever can write them can approve.
absl::StatusOr<std::string> PrepareStoreFile(absl::string_view path);

// PrepareStoreFile() without making one: NotFound if there is no such file, or
// if it is empty.
absl::StatusOr<std::string> FindStoreFile(absl::string_view path);

// Whether this process may write the file and its directory.
bool MayWriteStoreFile(const std::string& path);

// OK if the file is empty or a database that carries this application id:
// reads the header and touches nothing. FailedPrecondition for any other file.
absl::Status CheckStoreFile(const std::string& path, uint32_t application_id);

// All bytes of the file. ResourceExhausted beyond kMaxCopiedBytes.
constexpr int64_t kMaxCopiedBytes = 64 << 20;
absl::StatusOr<std::string> ReadStoreFile(const std::string& path);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_FILE_H_
