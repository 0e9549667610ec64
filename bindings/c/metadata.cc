#include "bindings/c/postern/metadata.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#include <limits>
#include <string>
#include <vector>

#include "bindings/c/file_types.h"
#include "bindings/c/guarded.h"

using namespace postern::c;  // NOLINT: the functions below are global
namespace fs = postern::fs;

namespace {

constexpr int64_t kSecond = 1000000000;

// The nearest that can be said.
int64_t ToNanoseconds(const struct timespec& time) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / kSecond - 1;
  if (time.tv_sec > kMost) return std::numeric_limits<int64_t>::max();
  if (time.tv_sec < -kMost) return std::numeric_limits<int64_t>::min();
  return time.tv_sec * kSecond + time.tv_nsec;
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

bool IsFlag(int32_t follow) { return follow == 0 || follow == 1; }

// Calls `use` with the name of an attribute besides.
template <typename Use>
postern_status OnAttribute(const postern_files* files, fs::Operation operation,
                           const char* path, size_t size, const char* name,
                           size_t name_size, postern_error* error, Use use) {
  return OnPath(files, operation, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  absl::string_view attribute;
                  const absl::Status status =
                      ReadBytes(name, name_size, "name", &attribute);
                  if (!status.ok()) return OutcomeOf(status);
                  if (attribute.find('\0') != absl::string_view::npos) {
                    return Invalid("name: holds NUL");
                  }
                  return use(fs, at, std::string(attribute));
                });
}

}  // namespace

postern_status postern_files_info(const postern_files* files, const char* path,
                                  size_t size, int32_t follow,
                                  postern_file_info* info,
                                  postern_error* error) {
  return OnPath(files, fs::Operation::kStat, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (info == nullptr) return OutcomeOf(NullError("info"));
                  if (!IsFlag(follow)) return Invalid("follow: 0 or 1");
                  // A size that is wrong is told before anything is looked up.
                  absl::Status status =
                      WriteStruct(postern_file_info{}, "info", info);
                  if (!status.ok()) return OutcomeOf(status);
                  const fs::FsResult<struct stat> found =
                      follow == 1 ? fs.Stat(at) : fs.Lstat(at);
                  if (!found.ok()) return OutcomeOf(found.status());
                  return OutcomeOf(WriteStruct(ToInfo(*found), "info", info));
                });
}

postern_status postern_files_access(const postern_files* files,
                                    const char* path, size_t size,
                                    uint32_t mode, postern_error* error) {
  return OnPath(files, fs::Operation::kAccess, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (mode > 7) return Invalid("mode: unknown bits");
                  return OutcomeOf(fs.Access(at, static_cast<int>(mode)));
                });
}

postern_status postern_files_set_mode(const postern_files* files,
                                      const char* path, size_t size,
                                      uint32_t mode, postern_error* error) {
  return OnPath(files, fs::Operation::kChmod, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (!IsMode(mode)) return Invalid("mode: unknown bits");
                  return OutcomeOf(fs.Chmod(at, mode));
                });
}

postern_status postern_files_set_owner(const postern_files* files,
                                       const char* path, size_t size,
                                       int32_t follow, uint32_t owner,
                                       uint32_t group, postern_error* error) {
  return OnPath(files, fs::Operation::kChown, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (!IsFlag(follow)) return Invalid("follow: 0 or 1");
                  return OutcomeOf(follow == 1 ? fs.Chown(at, owner, group)
                                               : fs.Lchown(at, owner, group));
                });
}

postern_status postern_files_set_times(const postern_files* files,
                                       const char* path, size_t size,
                                       int32_t follow, int64_t accessed_ns,
                                       int64_t modified_ns,
                                       postern_error* error) {
  return OnPath(files, fs::Operation::kSetTimes, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (!IsFlag(follow)) return Invalid("follow: 0 or 1");
                  const struct timespec times[2] = {ToTimespec(accessed_ns),
                                                    ToTimespec(modified_ns)};
                  return OutcomeOf(follow == 1 ? fs.SetTimes(at, times)
                                               : fs.SetLinkTimes(at, times));
                });
}

postern_status postern_files_set_size(const postern_files* files,
                                      const char* path, size_t size,
                                      uint64_t bytes, postern_error* error) {
  return OnPath(files, fs::Operation::kTruncate, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (bytes > std::numeric_limits<off_t>::max()) {
                    return Invalid("bytes: too many");
                  }
                  return OutcomeOf(fs.Truncate(at, static_cast<off_t>(bytes)));
                });
}

postern_status postern_files_get_attribute(const postern_files* files,
                                           const char* path, size_t size,
                                           const char* name, size_t name_size,
                                           postern_buffer** value,
                                           postern_error* error) {
  if (value != nullptr) *value = nullptr;
  return OnAttribute(
      files, fs::Operation::kGetXattr, path, size, name, name_size, error,
      [&](const fs::GuardedFs& fs, const fs::At& at, const std::string& key) {
        if (value == nullptr) return OutcomeOf(NullError("value"));
        return BufferOut(fs.GetXattr(at, key), value);
      });
}

postern_status postern_files_list_attributes(const postern_files* files,
                                             const char* path, size_t size,
                                             postern_buffer** names,
                                             postern_error* error) {
  if (names != nullptr) *names = nullptr;
  return OnPath(files, fs::Operation::kGetXattr, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (names == nullptr) return OutcomeOf(NullError("names"));
                  const fs::FsResult<std::vector<std::string>> list =
                      fs.ListXattr(at);
                  if (!list.ok()) return OutcomeOf(list.status());
                  std::string all;
                  for (const std::string& one : *list) all += one + '\0';
                  *names = new postern_buffer{std::move(all)};
                  return Outcome();
                });
}

postern_status postern_files_set_attribute(const postern_files* files,
                                           const char* path, size_t size,
                                           const char* name, size_t name_size,
                                           const char* value, size_t value_size,
                                           postern_attribute how,
                                           postern_error* error) {
  return OnAttribute(
      files, fs::Operation::kSetXattr, path, size, name, name_size, error,
      [&](const fs::GuardedFs& fs, const fs::At& at, const std::string& key) {
        static constexpr int kFlags[] = {0, XATTR_CREATE, XATTR_REPLACE};
        absl::string_view bytes;
        const absl::Status status =
            ReadBytes(value, value_size, "value", &bytes);
        if (!status.ok()) return OutcomeOf(status);
        if (how < POSTERN_ATTRIBUTE_SET || how > POSTERN_ATTRIBUTE_REPLACE) {
          return Invalid("how: unknown");
        }
        return OutcomeOf(fs.SetXattr(at, key, bytes, kFlags[how]));
      });
}

postern_status postern_files_remove_attribute(const postern_files* files,
                                              const char* path, size_t size,
                                              const char* name,
                                              size_t name_size,
                                              postern_error* error) {
  return OnAttribute(
      files, fs::Operation::kSetXattr, path, size, name, name_size, error,
      [](const fs::GuardedFs& fs, const fs::At& at, const std::string& key) {
        return OutcomeOf(fs.RemoveXattr(at, key));
      });
}
