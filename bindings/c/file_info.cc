#include "bindings/c/file_info.h"

#include "bindings/c/guarded.h"

namespace postern {
namespace c {
namespace {

constexpr int64_t kSecond = 1000000000;

// The nearest that can be said.
int64_t ToNanoseconds(const struct timespec& time) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / kSecond - 1;
  if (time.tv_sec > kMost) return std::numeric_limits<int64_t>::max();
  if (time.tv_sec < -kMost) return std::numeric_limits<int64_t>::min();
  return time.tv_sec * kSecond + time.tv_nsec;
}

postern_file_info ToInfo(const struct stat& from) {
  postern_file_info info = {};
  info.type = TypeOfMode(from.st_mode);
  info.mode = from.st_mode & 07777;
  info.owner = from.st_uid;
  info.group = from.st_gid;
  info.device = from.st_dev;
  info.inode = from.st_ino;
  info.links = from.st_nlink;
  info.size = static_cast<uint64_t>(from.st_size);
  info.allocated = static_cast<uint64_t>(from.st_blocks) * 512;
  info.block_size = static_cast<uint64_t>(from.st_blksize);
  info.of_device = from.st_rdev;
  info.accessed_ns = ToNanoseconds(from.st_atim);
  info.modified_ns = ToNanoseconds(from.st_mtim);
  info.changed_ns = ToNanoseconds(from.st_ctim);
  return info;
}

}  // namespace

postern_file_type TypeOfMode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return POSTERN_FILE_REGULAR;
    case S_IFDIR:
      return POSTERN_FILE_DIRECTORY;
    case S_IFLNK:
      return POSTERN_FILE_LINK;
    case S_IFIFO:
      return POSTERN_FILE_FIFO;
    case S_IFSOCK:
      return POSTERN_FILE_SOCKET;
    case S_IFCHR:
      return POSTERN_FILE_CHARACTER_DEVICE;
    case S_IFBLK:
      return POSTERN_FILE_BLOCK_DEVICE;
    default:
      return POSTERN_FILE_UNKNOWN;
  }
}

struct timespec ToTimespec(int64_t ns) {
  struct timespec time = {};
  if (ns == POSTERN_TIME_NOW) {
    time.tv_nsec = UTIME_NOW;
  } else if (ns == POSTERN_TIME_KEEP) {
    time.tv_nsec = UTIME_OMIT;
  } else {
    time.tv_nsec = (ns % kSecond + kSecond) % kSecond;
    time.tv_sec = (ns - time.tv_nsec) / kSecond;
  }
  return time;
}

Outcome InfoOut(postern_file_info* info,
                absl::FunctionRef<fs::FsResult<struct stat>()> find) {
  if (info == nullptr) return OutcomeOf(NullError("info"));
  absl::Status status = WriteStruct(postern_file_info{}, "info", info);
  if (!status.ok()) return OutcomeOf(status);
  const fs::FsResult<struct stat> found = find();
  if (!found.ok()) return OutcomeOf(found.status());
  return OutcomeOf(WriteStruct(ToInfo(*found), "info", info));
}

}  // namespace c
}  // namespace postern
