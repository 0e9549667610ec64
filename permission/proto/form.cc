#include "permission/proto/form.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {
namespace {

struct Suffix {
  const char* text;
  FileForm form;
};

constexpr Suffix kSuffixes[] = {
    {".textproto", FileForm::kText}, {".txtpb", FileForm::kText},
    {".policy", FileForm::kText},    {".json", FileForm::kJson},
    {".binpb", FileForm::kBinary},
};

absl::Status SystemError(const std::string& path, absl::string_view what) {
  return absl::ErrnoToStatus(
      errno, absl::StrCat(internal::EscapeForDisplay(path), ": cannot ", what));
}

absl::Status CheckKindAndSize(const std::string& path, const struct stat& info,
                              size_t max_bytes) {
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(internal::EscapeForDisplay(path),
                     ": not a regular file, expected a policy or manifest"));
  }
  if (static_cast<uint64_t>(info.st_size) > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(internal::EscapeForDisplay(path), ": ", info.st_size,
                     " bytes, expected at most ", max_bytes));
  }
  return absl::OkStatus();
}

// Reads to the end of the file, and one byte beyond the limit to notice that
// the file grew meanwhile.
absl::StatusOr<std::string> ReadAll(int fd, const std::string& path,
                                    size_t size, size_t max_bytes) {
  std::string bytes;
  size_t used = 0;
  for (;;) {
    bytes.resize(std::min(max_bytes, std::max(size, 2 * used)) + 1);
    const ssize_t n = read(fd, &bytes[used], bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError(path, "read");
    used += static_cast<size_t>(n);
    if (used > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(internal::EscapeForDisplay(path),
                       ": more than the expected ", max_bytes, " bytes"));
    }
    if (n == 0) break;
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

absl::StatusOr<FileForm> DetectForm(absl::string_view file_name) {
  for (const Suffix& suffix : kSuffixes) {
    if (absl::EndsWith(file_name, suffix.text)) return suffix.form;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(internal::EscapeForDisplay(file_name),
                   ": unknown kind of file, expected a name that ends "
                   "in .textproto, .txtpb, .policy, .json or .binpb"));
}

absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t max_bytes) {
  if (path.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(internal::EscapeForDisplay(path), ": NUL in a file name"));
  }
  // Looked at before it is opened: opening a device can act on it.
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return SystemError(path, "open");
  absl::Status status = CheckKindAndSize(path, info, max_bytes);
  if (!status.ok()) return status;
  // O_NONBLOCK: it may have become a FIFO since.
  const int fd =
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return SystemError(path, "open");
  const auto closer = absl::MakeCleanup([fd] { close(fd); });
  if (fstat(fd, &info) != 0) return SystemError(path, "open");
  status = CheckKindAndSize(path, info, max_bytes);
  if (!status.ok()) return status;
  return ReadAll(fd, path, static_cast<size_t>(info.st_size), max_bytes);
}

}  // namespace postern
