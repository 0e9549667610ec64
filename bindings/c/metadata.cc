#include "bindings/c/postern/metadata.h"

#include <sys/xattr.h>

#include <string>
#include <vector>

#include "bindings/c/file_info.h"
#include "bindings/c/guarded.h"

using namespace postern::c;  // NOLINT: the functions below are global
namespace fs = postern::fs;

namespace {

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
                  if (!IsFlag(follow)) return Invalid("follow: 0 or 1");
                  return InfoOut(info, [&] {
                    return follow == 1 ? fs.Stat(at) : fs.Lstat(at);
                  });
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
                  if (!IsFileSize(bytes)) return Invalid("bytes: too many");
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
