#ifndef POSTERN_BINDINGS_CLI_WRITE_FILE_H_
#define POSTERN_BINDINGS_CLI_WRITE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

// Writes all of `bytes`, however many write(2) calls that takes. 0, or errno.
int WriteAll(int fd, absl::string_view bytes);

// Makes `path` a file with these bytes. What was there keeps its mode and is
// replaced at once or not at all, by a rename(2) in its folder: nobody sees
// half of it, and on an error nothing changed. A symlink is followed, so that
// what it leads to is replaced. Refuses what is no regular file.
absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_WRITE_FILE_H_
