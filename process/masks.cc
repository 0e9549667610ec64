#include "process/masks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace postern {
namespace process {
namespace {

// Not in every libc: mount_setattr(2).
struct MountAttributes {
  uint64_t set;
  uint64_t clear;
  uint64_t propagation;
  uint64_t user_namespace;
};
constexpr int kAtEmptyPath = 0x1000;
constexpr int kAtRecursive = 0x8000;

int Configure(int context, unsigned command, const char* key,
              const char* value) {
  return static_cast<int>(
      syscall(SYS_fsconfig, context, command, key, value, 0));
}

// A detached tmpfs of some pages, closed to everybody. -1 with errno.
int NewFileSystem() {
  const fs::FileDescriptor context(
      static_cast<int>(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
  if (!context.valid() ||
      Configure(context.get(), FSCONFIG_SET_STRING, "size", "16k") != 0 ||
      Configure(context.get(), FSCONFIG_SET_STRING, "nr_inodes", "16") != 0 ||
      Configure(context.get(), FSCONFIG_SET_STRING, "mode", "0") != 0 ||
      Configure(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr) != 0) {
    return -1;
  }
  return static_cast<int>(
      syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC,
              MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
}

// The whole file system, wherever it is mounted.
int MakeFileSystemReadOnly(int top) {
  const fs::FileDescriptor context(static_cast<int>(
      syscall(SYS_fspick, top, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC)));
  if (!context.valid() ||
      Configure(context.get(), FSCONFIG_SET_FLAG, "ro", nullptr) != 0 ||
      Configure(context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr) !=
          0) {
    return errno;
  }
  return 0;
}

// Devices get a file: a device node would not open anyway (nodev).
const char* EntryFor(mode_t mode) {
  if (S_ISDIR(mode)) return "directory";
  if (S_ISSOCK(mode)) return "socket";
  if (S_ISFIFO(mode)) return "fifo";
  return "file";
}

int Move(int tree, int target) {
  return syscall(SYS_move_mount, tree, "", target, "",
                 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0
             ? 0
             : errno;
}

}  // namespace

int EmptyObjects::MakeEntries() const {
  const int top = top_.get();
  if (mkdirat(top, "directory", 0) != 0 ||
      mknodat(top, "file", S_IFREG, 0) != 0 ||
      mknodat(top, "socket", S_IFSOCK, 0) != 0 ||
      mknodat(top, "fifo", S_IFIFO, 0) != 0) {
    return errno;
  }
  return 0;
}

int EmptyObjects::Make() {
  top_ = fs::FileDescriptor(NewFileSystem());
  if (!top_.valid()) return errno;
  const int error = MakeEntries();
  if (error != 0) return error;
  // Only what is mounted in this namespace can be mounted a second time.
  if (syscall(SYS_move_mount, top_.get(), "", AT_FDCWD, "/",
              MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return errno;
  }
  return MakeFileSystemReadOnly(top_.get());
}

int EmptyObjects::MountOver(int target) const {
  struct stat info;
  if (fstat(target, &info) != 0) return errno;
  const fs::FileDescriptor tree(static_cast<int>(
      syscall(SYS_open_tree, top_.get(), EntryFor(info.st_mode),
              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  return tree.valid() ? Move(tree.get(), target) : errno;
}

int EmptyObjects::Remove() {
  const fs::FileDescriptor here(open(".", O_PATH | O_CLOEXEC));
  if (!here.valid() || fchdir(top_.get()) != 0) return errno;
  const int error = umount2(".", MNT_DETACH) == 0 ? 0 : errno;
  if (fchdir(here.get()) != 0) return errno;
  top_ = fs::FileDescriptor();
  return error;
}

int MountReadOnly(int target) {
  const fs::FileDescriptor tree(static_cast<int>(syscall(
      SYS_open_tree, target, "",
      kAtEmptyPath | kAtRecursive | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if (!tree.valid()) return errno;
  const MountAttributes read_only = {MOUNT_ATTR_RDONLY, 0, 0, 0};
  if (syscall(SYS_mount_setattr, tree.get(), "", kAtEmptyPath | kAtRecursive,
              &read_only, sizeof(read_only)) != 0) {
    return errno;
  }
  return Move(tree.get(), target);
}

int MakeRootReadOnly() {
  const MountAttributes read_only = {MOUNT_ATTR_RDONLY, 0, 0, 0};
  return syscall(SYS_mount_setattr, AT_FDCWD, "/", kAtRecursive, &read_only,
                 sizeof(read_only)) == 0
             ? 0
             : errno;
}

}  // namespace process
}  // namespace postern
