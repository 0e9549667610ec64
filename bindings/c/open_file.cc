#include "bindings/c/postern/open_file.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "bindings/c/file_info.h"
#include "bindings/c/guarded.h"
#include "fs/handle.h"

struct postern_open_file {
  postern::fs::Handle handle;
};

using namespace postern::c;  // NOLINT: the functions below are global
namespace fs = postern::fs;

namespace {

Outcome FileOut(fs::FsResult<fs::Handle> opened, postern_open_file** out) {
  if (!opened.ok()) return OutcomeOf(opened.status());
  *out = new postern_open_file{*std::move(opened)};
  return Outcome();
}

postern_status OnFile(const postern_open_file* file, postern_error* error,
                      absl::FunctionRef<Outcome(const fs::Handle&)> use) {
  return GuardOperation(error, [&] {
    return file == nullptr ? OutcomeOf(NullError("file")) : use(file->handle);
  });
}

}  // namespace

postern_status postern_files_open_file(const postern_files* files,
                                       const char* path, size_t size,
                                       uint32_t flags, uint32_t mode,
                                       postern_open_file** file,
                                       postern_error* error) {
  if (file != nullptr) *file = nullptr;
  return OnPath(files, OperationOf(flags), path, size, error,
                [&](const fs::GuardedFs& guarded, const fs::At& at) {
                  if (file == nullptr) return OutcomeOf(NullError("file"));
                  return OpenAt(
                      guarded, at, flags, mode, [file](fs::Handle handle) {
                        *file = new postern_open_file{std::move(handle)};
                      });
                });
}

void postern_open_file_free(postern_open_file* file) { delete file; }

int32_t postern_open_file_descriptor(const postern_open_file* file) {
  return file == nullptr ? -1 : file->handle.fd();
}

int32_t postern_open_file_release(postern_open_file* file) {
  return file == nullptr ? -1 : file->handle.Release();
}

uint32_t postern_open_file_rights(const postern_open_file* file) {
  if (file == nullptr) return 0;
  const fs::Rights rights = file->handle.rights();
  return (rights.Contains(fs::Right::kRead) ? uint32_t{POSTERN_OPEN_READ} : 0) |
         (rights.Contains(fs::Right::kWrite) ? uint32_t{POSTERN_OPEN_WRITE}
                                             : 0);
}

uint32_t postern_open_file_findings(const postern_open_file* file) {
  return file == nullptr ? 0 : FindingsToC(file->handle.findings());
}

const char* postern_open_file_name(const postern_open_file* file,
                                   size_t* size) {
  return TextOut(file == nullptr ? nullptr : &file->handle.name(), size);
}

postern_status postern_open_file_duplicate(const postern_open_file* file,
                                           postern_open_file** copy,
                                           postern_error* error) {
  if (copy != nullptr) *copy = nullptr;
  return OnFile(file, error, [&](const fs::Handle& handle) {
    if (copy == nullptr) return OutcomeOf(NullError("copy"));
    return FileOut(handle.Duplicate(), copy);
  });
}

postern_status postern_open_file_get_info(const postern_open_file* file,
                                          postern_file_info* info,
                                          postern_error* error) {
  return OnFile(file, error, [&](const fs::Handle& handle) {
    return InfoOut(info, [&] { return handle.Stat(); });
  });
}

postern_status postern_open_file_set_mode(const postern_open_file* file,
                                          uint32_t mode, postern_error* error) {
  return OnFile(file, error, [&](const fs::Handle& handle) {
    if (!IsMode(mode)) return Invalid("mode: unknown bits");
    return OutcomeOf(handle.Chmod(mode));
  });
}

postern_status postern_open_file_set_owner(const postern_open_file* file,
                                           uint32_t owner, uint32_t group,
                                           postern_error* error) {
  return OnFile(file, error, [&](const fs::Handle& handle) {
    return OutcomeOf(handle.Chown(owner, group));
  });
}

postern_status postern_open_file_set_times(const postern_open_file* file,
                                           int64_t accessed_ns,
                                           int64_t modified_ns,
                                           postern_error* error) {
  return OnFile(file, error, [&](const fs::Handle& handle) {
    const struct timespec times[2] = {ToTimespec(accessed_ns),
                                      ToTimespec(modified_ns)};
    return OutcomeOf(handle.SetTimes(times));
  });
}

postern_status postern_open_file_set_size(const postern_open_file* file,
                                          uint64_t bytes,
                                          postern_error* error) {
  return OnFile(file, error, [&](const fs::Handle& handle) {
    if (!IsFileSize(bytes)) return Invalid("bytes: too many");
    return OutcomeOf(handle.Truncate(static_cast<off_t>(bytes)));
  });
}

postern_status postern_open_file_sync(const postern_open_file* file,
                                      postern_error* error) {
  return OnFile(file, error, [](const fs::Handle& handle) {
    return OutcomeOf(handle.Sync());
  });
}
