#include "permission/approval/internal/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "permission/approval/internal/sqlite.h"

namespace postern {
namespace internal {
namespace {

constexpr absl::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kHeaderBytes = 100;         // sqlite.org/fileformat2.html, 1.3
constexpr size_t kApplicationIdOffset = 68;  // 4 bytes, big-endian

absl::Status Refuse(absl::string_view path, absl::string_view what) {
  return StoreError(absl::StatusCode::kFailedPrecondition, path, what);
}

absl::Status SystemError(absl::string_view path, absl::string_view what,
                         int error) {
  return StoreError(
      error == ENOENT ? absl::StatusCode::kNotFound
                      : absl::StatusCode::kFailedPrecondition,
      path,
      absl::StrCat(what, ": ", absl::AsciiStrToLower(std::strerror(error))));
}

absl::StatusOr<std::string> RealDirectory(absl::string_view path,
                                          const std::string& directory) {
  const std::unique_ptr<char, decltype(&free)> real(
      realpath(directory.c_str(), nullptr), &free);
  if (real == nullptr)
    return SystemError(path, "cannot find its directory", errno);
  const absl::string_view name(real.get());
  return std::string(name == "/" ? absl::string_view() : name);
}

// Makes the file's name outlast a loss of power.
absl::Status SyncDirectory(absl::string_view path,
                           const std::string& directory) {
  const int fd = open(directory.empty() ? "/" : directory.c_str(),
                      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError(path, "cannot open its directory", errno);
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  return result == 0 ? absl::OkStatus()
                     : SystemError(path, "cannot sync its directory", error);
}

bool IsTrusted(uid_t owner) { return owner == 0 || owner == geteuid(); }

absl::Status CheckOwnerAndMode(const std::string& path, absl::string_view what,
                               const struct stat& info) {
  if (!IsTrusted(info.st_uid)) {
    return Refuse(
        path, absl::StrCat(what, " belongs to user ", info.st_uid,
                           ", who could approve for everybody: expected root",
                           geteuid() == 0 ? "" : " or this user"));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return absl::OkStatus();
  return Refuse(path, absl::StrCat("others than its owner may write ", what,
                                   ": chmod go-w"));
}

absl::Status CheckFile(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return SystemError(path, "cannot look at it", errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Refuse(path, "expected a regular file, not a link or anything else");
  }
  return CheckOwnerAndMode(path, "the file", info);
}

// Who can write the directory can put another file there, or a log of writes
// beside ours.
absl::Status CheckDirectory(const std::string& path,
                            const std::string& directory) {
  struct stat info;
  if (stat(directory.empty() ? "/" : directory.c_str(), &info) != 0) {
    return SystemError(path, "cannot look at its directory", errno);
  }
  return CheckOwnerAndMode(path, "its directory", info);
}

absl::StatusOr<std::string> SplitName(absl::string_view path,
                                      absl::string_view* last) {
  const size_t slash = path.rfind('/');  // npos + 1 is 0
  *last = path.substr(slash + 1);
  if (last->empty() || *last == "." || *last == ".." ||
      path.find('\0') != absl::string_view::npos) {
    return StoreError(absl::StatusCode::kInvalidArgument, path,
                      "expected the name of a file");
  }
  const absl::string_view directory = path.substr(0, slash + 1);
  return RealDirectory(path, directory.empty() ? "." : std::string(directory));
}

absl::Status CreateIfMissing(absl::string_view path,
                             const std::string& directory,
                             const std::string& file) {
  // Not open() and close(): closing any descriptor of a file drops every lock
  // that this process has on it, those of other connections too (fcntl(2)).
  if (mknod(file.c_str(), S_IFREG | 0600, 0) == 0) {
    return SyncDirectory(path, directory);
  }
  const int error = errno;
  struct stat info;  // a directory that cannot be written may hold the file
  if (error == EEXIST || lstat(file.c_str(), &info) == 0) {
    return absl::OkStatus();
  }
  return SystemError(path, "cannot create it", error);
}

// A database's file, read through SQLite's own file layer: that one knows when
// closing a descriptor would drop locks, and waits.
class FileReader {
 public:
  explicit FileReader(const std::string& path) : path_(path) {}
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  ~FileReader() {
    if (file_ != nullptr && file_->pMethods != nullptr) {
      file_->pMethods->xClose(file_);
    }
    sqlite3_free_filename(name_);
  }

  // The first kHeaderBytes, with zeros after the end; "" for an empty file.
  absl::StatusOr<std::string> ReadHeader();
  absl::StatusOr<std::string> ReadAll();

 private:
  int Open();
  absl::StatusOr<int64_t> OpenAndGetSize();
  absl::StatusOr<std::string> Read(int64_t size);

  const std::string& path_;
  sqlite3_filename name_ = nullptr;
  std::unique_ptr<char[]> memory_;
  sqlite3_file* file_ = nullptr;
};

int FileReader::Open() {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  name_ = sqlite3_create_filename(path_.c_str(), "", "", 0, nullptr);
  if (vfs == nullptr || name_ == nullptr) return SQLITE_NOMEM;
  memory_.reset(new char[static_cast<size_t>(vfs->szOsFile)]());
  file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
  return vfs->xOpen(
      vfs, name_, file_,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_NOFOLLOW,
      nullptr);
}

absl::StatusOr<int64_t> FileReader::OpenAndGetSize() {
  int result = Open();
  if (result != SQLITE_OK) return SqliteError(result, path_, "cannot open");
  sqlite3_int64 size = 0;
  result = file_->pMethods->xFileSize(file_, &size);
  if (result != SQLITE_OK) return SqliteError(result, path_, "cannot read");
  return int64_t{size};
}

// What lies beyond the end is zero.
absl::StatusOr<std::string> FileReader::Read(int64_t size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  const int result =
      file_->pMethods->xRead(file_, &bytes[0], static_cast<int>(size), 0);
  if (result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ) return bytes;
  return SqliteError(result, path_, "cannot read");
}

absl::StatusOr<std::string> FileReader::ReadHeader() {
  const absl::StatusOr<int64_t> size = OpenAndGetSize();
  if (!size.ok()) return size.status();
  return *size == 0 ? std::string() : Read(kHeaderBytes);
}

absl::StatusOr<std::string> FileReader::ReadAll() {
  const absl::StatusOr<int64_t> size = OpenAndGetSize();
  if (!size.ok()) return size.status();
  if (*size <= kMaxCopiedBytes) return Read(*size);
  return StoreError(absl::StatusCode::kResourceExhausted, path_,
                    absl::StrCat("it has ", *size,
                                 " bytes, too many to be read by somebody who "
                                 "may not write it"));
}

}  // namespace

absl::StatusOr<std::string> PrepareStoreFile(absl::string_view path) {
  absl::string_view last;
  absl::StatusOr<std::string> directory = SplitName(path, &last);
  if (!directory.ok()) return directory.status();
  const std::string file = absl::StrCat(*directory, "/", last);
  absl::Status status = CheckDirectory(file, *directory);
  if (status.ok()) status = CreateIfMissing(path, *directory, file);
  if (status.ok()) status = CheckFile(file);
  if (!status.ok()) return status;
  return file;
}

absl::StatusOr<std::string> FindStoreFile(absl::string_view path) {
  absl::string_view last;
  const absl::StatusOr<std::string> directory = SplitName(path, &last);
  if (!directory.ok()) return directory.status();
  const std::string file = absl::StrCat(*directory, "/", last);
  struct stat info;
  if (lstat(file.c_str(), &info) != 0) {
    return SystemError(path, "cannot look at it", errno);
  }
  absl::Status status = CheckDirectory(file, *directory);
  if (status.ok()) status = CheckFile(file);
  if (!status.ok()) return status;
  if (info.st_size > 0) return file;
  return StoreError(absl::StatusCode::kNotFound, path, "it is empty");
}

bool MayWriteStoreFile(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  return faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0 &&
         faccessat(AT_FDCWD, directory.c_str(), W_OK, AT_EACCESS) == 0;
}

absl::Status CheckStoreFile(const std::string& path, uint32_t application_id) {
  const absl::StatusOr<std::string> header = FileReader(path).ReadHeader();
  if (!header.ok()) return header.status();
  if (header->empty()) return absl::OkStatus();
  if (absl::string_view(*header).substr(0, kMagic.size()) != kMagic) {
    return Refuse(path, "it is no SQLite database");
  }
  uint32_t id = 0;
  for (size_t i = 0; i < 4; ++i) {
    id = (id << 8) |
         static_cast<unsigned char>((*header)[kApplicationIdOffset + i]);
  }
  if (id == application_id) return absl::OkStatus();
  return Refuse(path, "it is a database of something else");
}

absl::StatusOr<std::string> ReadStoreFile(const std::string& path) {
  return FileReader(path).ReadAll();
}

}  // namespace internal
}  // namespace postern
