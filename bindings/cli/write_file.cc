#include "bindings/cli/write_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::FailedPreconditionError(absl::StrCat(
      internal::EscapeForDisplay(path), ": cannot write: ",
      absl::AsciiStrToLower(std::strerror(error)), "; nothing was changed"));
}

// Gives a new file the owner and group of the one that it will replace, null if
// there is none: a service must still be able to read its policy. 0, or errno.
int KeepOwner(int fd, const struct stat* old) {
  struct stat fresh;
  if (old == nullptr) return 0;
  if (fstat(fd, &fresh) != 0) return errno;
  if (fresh.st_uid == old->st_uid && fresh.st_gid == old->st_gid) return 0;
  return fchown(fd, old->st_uid, old->st_gid) == 0 ? 0 : errno;
}

// A file of that mode with these bytes under a new name; 0, or errno.
int WriteNew(std::string* name, mode_t mode, const struct stat* old,
             absl::string_view bytes) {
  const int fd = mkostemp(&(*name)[0], O_CLOEXEC);
  if (fd < 0) return errno;
  int error = WriteAll(fd, bytes);
  if (error == 0) error = KeepOwner(fd, old);
  if (error == 0 && fchmod(fd, mode) != 0) error = errno;
  if (error == 0 && fsync(fd) != 0) error = errno;
  if (close(fd) != 0 && error == 0) error = errno;
  return error;
}

mode_t NewFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

int WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return 0;
}

absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes) {
  mode_t mode = NewFileMode();
  std::string target = path;
  struct stat info;
  const struct stat* old = nullptr;
  if (stat(path.c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode)) {
      return absl::FailedPreconditionError(
          absl::StrCat(internal::EscapeForDisplay(path),
                       ": is no regular file; nothing was changed"));
    }
    mode = info.st_mode & 07777;
    old = &info;
    const std::unique_ptr<char, decltype(&free)> real(
        realpath(path.c_str(), nullptr), &free);
    if (real == nullptr) return CannotWrite(path, errno);
    target = real.get();
  } else if (errno != ENOENT) {
    return CannotWrite(path, errno);
  }
  std::string fresh = absl::StrCat(target, ".XXXXXX");
  int error = WriteNew(&fresh, mode, old, bytes);
  if (error == 0 && rename(fresh.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(fresh.c_str());
  return CannotWrite(path, error);
}

}  // namespace cli
}  // namespace postern
