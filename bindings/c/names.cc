#include "bindings/c/postern/names.h"

#include <sys/stat.h>

#include "bindings/c/guarded.h"

using namespace postern::c;  // NOLINT: the functions below are global
namespace fs = postern::fs;

namespace {

// False for what is no single kind.
bool TypeOf(uint32_t kind, mode_t* type) {
  switch (kind) {
    case 0:
      *type = S_IFREG;
      return true;
    case POSTERN_KIND_FIFO:
      *type = S_IFIFO;
      return true;
    case POSTERN_KIND_SOCKET:
      *type = S_IFSOCK;
      return true;
    case POSTERN_KIND_CHARACTER_DEVICE:
      *type = S_IFCHR;
      return true;
    case POSTERN_KIND_BLOCK_DEVICE:
      *type = S_IFBLK;
      return true;
    default:
      return false;
  }
}

}  // namespace

postern_status postern_files_make_directory(const postern_files* files,
                                            const char* path, size_t size,
                                            uint32_t mode,
                                            postern_error* error) {
  return OnPath(files, fs::Operation::kMkdir, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (!IsMode(mode)) return Invalid("mode: unknown bits");
                  return OutcomeOf(fs.Mkdir(at, mode));
                });
}

postern_status postern_files_make_node(const postern_files* files,
                                       const char* path, size_t size,
                                       uint32_t kind, uint32_t mode,
                                       uint64_t device, postern_error* error) {
  return OnPath(files, fs::Operation::kMknod, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  mode_t type = 0;
                  if (!TypeOf(kind, &type)) return Invalid("kind: unknown");
                  if (!IsMode(mode)) return Invalid("mode: unknown bits");
                  return OutcomeOf(fs.Mknod(at, type | mode, device));
                });
}

postern_status postern_files_symlink(const postern_files* files,
                                     const char* target, size_t target_size,
                                     const char* path, size_t size,
                                     postern_error* error) {
  return OnPath(files, fs::Operation::kSymlink, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  absl::string_view text;
                  const absl::Status status =
                      ReadBytes(target, target_size, "target", &text);
                  if (!status.ok()) return OutcomeOf(status);
                  return OutcomeOf(fs.Symlink(text, at));
                });
}

postern_status postern_files_readlink(const postern_files* files,
                                      const char* path, size_t size,
                                      postern_buffer** target,
                                      postern_error* error) {
  if (target != nullptr) *target = nullptr;
  return OnPath(files, fs::Operation::kReadlink, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (target == nullptr) return OutcomeOf(NullError("target"));
                  return BufferOut(fs.Readlink(at), target);
                });
}

postern_status postern_files_link(const postern_files* files, const char* from,
                                  size_t from_size,
                                  const postern_files* to_files, const char* to,
                                  size_t to_size, postern_error* error) {
  return OnPaths(
      files, fs::Operation::kLink, from, from_size, to_files, to, to_size,
      error, [](const fs::GuardedFs& fs, const fs::At& one, const fs::At& two) {
        return OutcomeOf(fs.Link(one, two));
      });
}

postern_status postern_files_move(const postern_files* files, const char* from,
                                  size_t from_size,
                                  const postern_files* to_files, const char* to,
                                  size_t to_size, postern_move how,
                                  postern_error* error) {
  return OnPaths(
      files, fs::Operation::kRename, from, from_size, to_files, to, to_size,
      error,
      [how](const fs::GuardedFs& fs, const fs::At& one, const fs::At& two) {
        switch (how) {
          case POSTERN_MOVE_REPLACE:
            return OutcomeOf(fs.Rename(one, two));
          case POSTERN_MOVE_KEEP:
            return OutcomeOf(fs.RenameNoReplace(one, two));
          case POSTERN_MOVE_EXCHANGE:
            return OutcomeOf(fs.Exchange(one, two));
          default:
            return Invalid("how: unknown");
        }
      });
}

postern_status postern_files_copy(const postern_files* files, const char* from,
                                  size_t from_size,
                                  const postern_files* to_files, const char* to,
                                  size_t to_size, int32_t replace,
                                  postern_error* error) {
  using Replace = fs::GuardedFs::Replace;
  return OnPaths(
      files, fs::Operation::kCopy, from, from_size, to_files, to, to_size,
      error,
      [replace](const fs::GuardedFs& fs, const fs::At& one, const fs::At& two) {
        if (!IsFlag(replace)) return Invalid("replace: 0 or 1");
        return OutcomeOf(
            fs.Copy(one, two, replace == 1 ? Replace::kYes : Replace::kNo));
      });
}

postern_status postern_files_remove(const postern_files* files,
                                    const char* path, size_t size,
                                    postern_error* error) {
  return OnPath(files, fs::Operation::kUnlink, path, size, error,
                [](const fs::GuardedFs& fs, const fs::At& at) {
                  return OutcomeOf(fs.Unlink(at));
                });
}

postern_status postern_files_remove_directory(const postern_files* files,
                                              const char* path, size_t size,
                                              postern_error* error) {
  return OnPath(files, fs::Operation::kRmdir, path, size, error,
                [](const fs::GuardedFs& fs, const fs::At& at) {
                  return OutcomeOf(fs.Rmdir(at));
                });
}

postern_status postern_files_remove_all(const postern_files* files,
                                        const char* path, size_t size,
                                        postern_error* error) {
  return OnPath(files, fs::Operation::kRemoveAll, path, size, error,
                [](const fs::GuardedFs& fs, const fs::At& at) {
                  return OutcomeOf(fs.RemoveAll(at));
                });
}
