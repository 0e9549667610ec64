#include "bindings/lua/app_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace lua {
namespace {

// A descriptor that closes itself.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ScopedFd(ScopedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ScopedFd& operator=(ScopedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~ScopedFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::Status ErrnoStatus(int error, absl::string_view name) {
  const std::string message =
      absl::StrCat("cannot read \"", name, "\": ", strerror(error));
  if (error == ENOENT) return absl::NotFoundError(message);
  return absl::FailedPreconditionError(message);
}

bool IsPlainName(absl::string_view part) {
  return !part.empty() && part != "." && part != ".." &&
         part.find('\0') == absl::string_view::npos;
}

absl::Status NotRegular(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat("\"", name, "\" is not a regular file"));
}

// Looks at the object before it is opened, so that no device and no pipe
// notices, then makes sure that the same one was opened.
absl::StatusOr<ScopedFd> OpenRegular(int directory, const std::string& part,
                                     absl::string_view name) {
  ScopedFd seen(
      openat(directory, part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat before;
  if (seen.get() < 0 || fstat(seen.get(), &before) != 0) {
    return ErrnoStatus(errno, name);
  }
  if (!S_ISREG(before.st_mode)) return NotRegular(name);
  ScopedFd file(
      openat(directory, part.c_str(),
             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat after;
  if (file.get() < 0 || fstat(file.get(), &after) != 0) {
    return ErrnoStatus(errno, name);
  }
  if (before.st_dev != after.st_dev || before.st_ino != after.st_ino) {
    return NotRegular(name);
  }
  return file;
}

absl::StatusOr<std::string> ReadAll(int fd, absl::string_view name,
                                    size_t max_bytes) {
  std::string bytes;
  char buffer[16384];
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got == 0) return bytes;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, name);
    if (bytes.size() + got > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("\"", name, "\" is larger than ", max_bytes, " bytes"));
    }
    bytes.append(buffer, got);
  }
}

}  // namespace

absl::StatusOr<AppDirectory> AppDirectory::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, path);
  return AppDirectory(fd);
}

AppDirectory& AppDirectory::operator=(AppDirectory&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

AppDirectory::~AppDirectory() {
  if (fd_ >= 0) close(fd_);
}

int AppDirectory::Release() { return std::exchange(fd_, -1); }

absl::StatusOr<std::string> AppDirectory::Read(absl::string_view name,
                                               size_t max_bytes) const {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  for (const std::string& part : parts) {
    if (!IsPlainName(part)) {
      return absl::FailedPreconditionError(
          absl::StrCat("invalid file name \"", name, "\""));
    }
  }
  ScopedFd directory(-1);
  int at = fd_;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    ScopedFd next(openat(at, parts[i].c_str(),
                         O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0) return ErrnoStatus(errno, name);
    directory = std::move(next);
    at = directory.get();
  }
  absl::StatusOr<ScopedFd> file = OpenRegular(at, parts.back(), name);
  if (!file.ok()) return file.status();
  return ReadAll(file->get(), name, max_bytes);
}

}  // namespace lua
}  // namespace postern
