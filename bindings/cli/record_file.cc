#include "bindings/cli/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/write_file.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

absl::Status CannotWrite(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat(internal::EscapeForDisplay(path), ": cannot write: ", why));
}

absl::Status CannotWrite(const std::string& path, int error) {
  return CannotWrite(path, absl::AsciiStrToLower(strerror(error)));
}

// A new file beside the one that it will replace. 0, or errno.
int WriteBeside(int folder, const std::string& name, absl::string_view bytes) {
  const int fd =
      openat(folder, name.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  const int error = WriteAll(fd, bytes);
  return close(fd) != 0 && error == 0 ? errno : error;
}

}  // namespace

void RecordFile::Close::operator()(int* fd) const {
  close(*fd);
  delete fd;
}

absl::StatusOr<RecordFile> RecordFile::Open(const std::string& path) {
  RecordFile file;
  file.path_ = path;
  if (path.empty() || path == "-") return file;
  const size_t slash = path.rfind('/');
  file.name_ = path.substr(slash + 1);  // all of it without a slash
  const std::string folder =
      slash == path.npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  const int fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return CannotWrite(path, errno);
  file.folder_.reset(new int(fd));
  struct stat info;
  if (fstatat(fd, file.name_.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(info.st_mode)) return CannotWrite(path, "no regular file");
  } else if (errno != ENOENT || file.name_.empty()) {
    return CannotWrite(path, errno);
  }
  if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return CannotWrite(path, errno);
  }
  return file;
}

absl::Status RecordFile::Write(absl::string_view bytes) const {
  if (path_.empty()) return absl::OkStatus();
  if (path_ == "-") {
    const int error = WriteAll(STDERR_FILENO, bytes);
    return error == 0 ? absl::OkStatus() : CannotWrite(path_, error);
  }
  const std::string fresh = absl::StrCat(".", name_, ".", getpid());
  const int folder = *folder_;
  int error = WriteBeside(folder, fresh, bytes);
  if (error == 0 &&
      renameat(folder, fresh.c_str(), folder, name_.c_str()) != 0) {
    error = errno;
  }
  if (error == 0) return absl::OkStatus();
  if (error != EEXIST) unlinkat(folder, fresh.c_str(), 0);
  return CannotWrite(path_, error);
}

}  // namespace cli
}  // namespace postern
