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
// last component that is no regular file (a link, too), or that others than
// its owner may write.
absl::StatusOr<std::string> PrepareStoreFile(absl::string_view path);

// OK if the file is empty or a database that carries this application id:
// reads the header and touches nothing. FailedPrecondition for any other file.
absl::Status CheckStoreFile(const std::string& path, uint32_t application_id);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_STORE_FILE_H_
