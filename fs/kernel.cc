#include "fs/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {
namespace {

// openat2(2) gives EAGAIN where a rename elsewhere made a step back unsafe to
// judge, and asks to try again.
constexpr int kMaxRetries = 64;

// openat2(2) refuses O_NOCTTY beside O_PATH, where openat(2) ignores it.
constexpr int WithAlways(int flags) {
  return flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NOCTTY);
}
constexpr uint64_t kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
// STATX_ATTR_MOUNT_ROOT of linux/stat.h.
constexpr uint64_t kMountRoot = 0x2000;

// What Inspect() asks for.
constexpr unsigned kInspected = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;

// A name for system calls: relative to the root, with a NUL behind it.
class RelativeName {
 public:
  // 0, or the errno for a name that no object can have.
  int Set(absl::string_view name) {
    if (name.empty()) return ENOENT;
    if (name.size() > kMaxPathBytes) return ENAMETOOLONG;
    if (name[0] != '/' || memchr(name.data(), 0, name.size()) != nullptr) {
      return EINVAL;
    }
    const size_t start = name.find_first_not_of('/');
    name = start == name.npos ? "." : name.substr(start);
    memcpy(bytes_, name.data(), name.size());
    bytes_[name.size()] = '\0';
    return 0;
  }
  const char* c_str() const { return bytes_; }

 private:
  char bytes_[kMaxPathBytes + 1];
};

Opened Result(int64_t fd) {
  if (fd < 0) return Opened::Error(errno);
  return {FileDescriptor(static_cast<int>(fd)), 0};
}

Opened OpenAt(int directory, const char* name, int flags, mode_t mode = 0) {
  for (int i = 0;; ++i) {
    const int fd = openat(directory, name, WithAlways(flags), mode);
    if (fd >= 0 || errno != EINTR || i == kMaxRetries) return Result(fd);
  }
}

inline Opened OpenAt2(int directory, const char* name, int flags, mode_t mode,
                      uint64_t resolve) {
  struct open_how how = {};
  how.flags = static_cast<unsigned>(WithAlways(flags));
  if ((flags & O_CREAT) != 0) how.mode = mode;
  how.resolve = resolve;
  for (int i = 0;; ++i) {
    const int64_t fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));
    if (fd >= 0) return {FileDescriptor(static_cast<int>(fd)), 0};
    // A lease gives EAGAIN as well (fcntl(2), F_SETLEASE), but not here.
    const bool again =
        errno == EINTR || (errno == EAGAIN && (resolve & RESOLVE_IN_ROOT) != 0);
    if (!again || i == kMaxRetries) return Opened::Error(errno);
  }
}

// statx(2) without a name, which it would look at even where it is "". EFAULT
// before Linux 6.11. The C library's own may be given no null.
int InspectUnnamed(int fd, ObjectInfo* info) {
  return syscall(SYS_statx, fd, nullptr, AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT,
                 kInspected, &info->raw) == 0
             ? 0
             : errno;
}

mode_t ModeOf(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 ? st.st_mode : 0;
}

bool IsFileSystem(int fd, unsigned magic) {
  struct statfs st;
  return fstatfs(fd, &st) == 0 && static_cast<unsigned>(st.f_type) == magic;
}

// Where a procfs has an open object: with the thread, as that may have a
// descriptor table of its own (unshare(2), CLONE_FILES).
struct LinkName {
  explicit LinkName(int fd) {
    snprintf(text, sizeof(text), "thread-self/fd/%d", fd);
  }
  char text[32];
};

// A descriptor of the /proc directory, if that is the root of a procfs.
Opened OpenProc() {
  constexpr ino_t kProcRoot = 1;  // PROC_ROOT_INO of linux/proc_fs.h
  Opened proc = OpenAt(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW);
  struct stat st;
  if (!proc.fd.valid() || !IsFileSystem(proc.fd.get(), PROC_SUPER_MAGIC) ||
      fstat(proc.fd.get(), &st) != 0 || st.st_ino != kProcRoot) {
    proc.fd = FileDescriptor();
  }
  return proc;
}

absl::Status CannotOpen(absl::string_view what, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot open ", what, ": ", strerror(error)));
}

// The last step of a walk. A link there is ELOOP, as openat2 has it, also
// where O_NOFOLLOW would have given the link or ENOTDIR.
Opened OpenLast(int at, const char* name, int flags, mode_t mode) {
  Opened opened = OpenAt(at, name, flags | O_NOFOLLOW, mode);
  if ((flags & O_NOFOLLOW) != 0) return opened;
  const auto is_link = [](int fd) { return S_ISLNK(ModeOf(fd)); };
  if (opened.error == ENOTDIR) {
    const Opened object = OpenAt(at, name, O_PATH | O_NOFOLLOW);
    if (object.error == 0 && is_link(object.fd.get()))
      return Opened::Error(ELOOP);
  }
  if ((flags & O_PATH) != 0 && opened.error == 0 && is_link(opened.fd.get())) {
    return Opened::Error(ELOOP);
  }
  return opened;
}

// Opens an entry with slashes behind its name, which only a directory may have.
Opened OpenDirectory(int at, char* name, int flags, mode_t mode) {
  if ((flags & O_CREAT) == 0) {
    return OpenLast(at, name, (flags & ~O_NOFOLLOW) | O_DIRECTORY, mode);
  }
  // Nothing can be created of such a name: EISDIR, whatever is there, unless
  // the directory may not be searched (open_last_lookups() of fs/namei.c).
  strcat(name, "/");
  return OpenAt(at, name, flags | O_NOFOLLOW, mode);
}

// One component of a walk, cut off the front of `*rest`, where slashes and "."
// stand for no name; empty at the end.
absl::string_view NextName(absl::string_view* rest) {
  for (;;) {
    const size_t start = rest->find_first_not_of('/');
    rest->remove_prefix(start == rest->npos ? rest->size() : start);
    const absl::string_view name = rest->substr(0, rest->find('/'));
    rest->remove_prefix(name.size());
    if (name != ".") return name;
  }
}

}  // namespace

FileIdentity ObjectInfo::identity() const {
  FileIdentity identity;
  identity.device = makedev(raw.stx_dev_major, raw.stx_dev_minor);
  identity.inode = raw.stx_ino;
  if ((raw.stx_mask & STATX_BTIME) != 0) {
    identity.birth_ns =
        raw.stx_btime.tv_sec * int64_t{1000000000} + raw.stx_btime.tv_nsec;
  }
  return identity;
}

uint64_t ObjectInfo::mount_id() const {
  return (raw.stx_mask & STATX_MNT_ID) != 0 ? raw.stx_mnt_id : 0;
}

struct stat ObjectInfo::ToStat() const {
  const auto time = [](const struct statx_timestamp& t) {
    struct timespec out;
    out.tv_sec = t.tv_sec;
    out.tv_nsec = t.tv_nsec;
    return out;
  };
  struct stat st = {};
  st.st_dev = identity().device;
  st.st_ino = identity().inode;
  st.st_mode = raw.stx_mode;
  st.st_nlink = raw.stx_nlink;
  st.st_uid = raw.stx_uid;
  st.st_gid = raw.stx_gid;
  st.st_rdev = makedev(raw.stx_rdev_major, raw.stx_rdev_minor);
  st.st_size = static_cast<off_t>(raw.stx_size);
  st.st_blksize = static_cast<blksize_t>(raw.stx_blksize);
  st.st_blocks = static_cast<blkcnt_t>(raw.stx_blocks);
  st.st_atim = time(raw.stx_atime);
  st.st_mtim = time(raw.stx_mtime);
  st.st_ctim = time(raw.stx_ctime);
  return st;
}

int Inspect(int fd, ObjectInfo* info) {
  return statx(fd, "", AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT, kInspected,
               &info->raw) == 0
             ? 0
             : errno;
}

int InspectAt(int directory, const char* name, ObjectInfo* info) {
  return statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
               kInspected, &info->raw) == 0
             ? 0
             : errno;
}

bool KeepsBirths(int fd) {
  struct statfs st;
  if (fstatfs(fd, &st) != 0) return false;
  switch (static_cast<unsigned>(st.f_type)) {
    case BTRFS_SUPER_MAGIC:
    case EXT4_SUPER_MAGIC:  // ext2 and ext3 have the same
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case XFS_SUPER_MAGIC:
      return true;
    default:
      return false;
  }
}

bool IsInProcfs(int fd) { return IsFileSystem(fd, PROC_SUPER_MAGIC); }

absl::StatusOr<std::unique_ptr<const Kernel>> Kernel::Probe(Without without) {
  std::unique_ptr<Kernel> kernel(new Kernel());
  Opened root = OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  if (root.error != 0) return CannotOpen("the root directory", root.error);
  kernel->root_ = std::move(root.fd);
  ObjectInfo info;
  kernel->inspects_unnamed_ = InspectUnnamed(kernel->root(), &info) == 0;
  if (!without.openat2) {
    const Opened again =
        OpenAt2(kernel->root(), ".", O_PATH, 0, kNoLinks | RESOLVE_BENEATH);
    if (IsShortage(again.error)) {
      return CannotOpen("the root directory", again.error);
    }
    kernel->has_openat2_ = again.fd.valid();
    kernel->root_is_mounts_ = kernel->Inspect(kernel->root(), &info) == 0 &&
                              (info.raw.stx_attributes & kMountRoot) != 0;
  }
  if (!without.procfs) {
    Opened proc = OpenProc();
    if (IsShortage(proc.error)) return CannotOpen("/proc", proc.error);
    kernel->proc_ = std::move(proc.fd);
  }
  return std::unique_ptr<const Kernel>(std::move(kernel));
}

Opened Kernel::Open(absl::string_view name, int flags, mode_t mode) const {
  if (has_openat2_) {
    RelativeName relative;
    const int error = relative.Set(name);
    if (error != 0) return Opened::Error(error);
    // Names that have no ".." and pass no link lead nowhere but beneath, so
    // that RESOLVE_BENEATH costs time for nothing. It is kept where the root
    // directory is one within its mount (chroot), of which this namespace may
    // see more. Where it is the root of a mount that shows but a part of a file
    // system (a bind mount), only processes that see the rest can move what is
    // walked through out of it, as docs/files.md says of other processes.
    const uint64_t resolve =
        root_is_mounts_ ? kNoLinks : kNoLinks | RESOLVE_BENEATH;
    Opened opened =
        OpenAt2(root_.get(), relative.c_str(), flags, mode, resolve);
    // A filter that came after the probe; or a plain EPERM, which the other
    // way gives as well.
    if (opened.error != ENOSYS && opened.error != EPERM) return opened;
  }
  Opened opened = OpenBySteps(name, flags, mode);
  opened.by_steps = true;
  return opened;
}

Opened Kernel::OpenSteppingBack(absl::string_view name, int flags) const {
  if (!has_openat2_) return Opened::Error(ENOSYS);
  RelativeName relative;
  const int error = relative.Set(name);
  if (error != 0) return Opened::Error(error);
  return OpenAt2(root_.get(), relative.c_str(), flags, 0,
                 kNoLinks | RESOLVE_BENEATH);
}

Opened Kernel::OpenEntry(int directory, absl::string_view entry, int flags,
                         mode_t mode) {
  return OpenAt(directory, std::string(entry).c_str(), flags | O_NOFOLLOW,
                mode);
}

Opened Kernel::OpenBySteps(absl::string_view name, int flags,
                           mode_t mode) const {
  RelativeName checked;
  const int error = checked.Set(name);
  if (error != 0) return Opened::Error(error);
  absl::string_view rest = checked.c_str();
  absl::string_view next = NextName(&rest);
  FileDescriptor held;
  int at = root_.get();
  char text[kMaxPathBytes + 2] = {'.'};
  while (!next.empty()) {
    memcpy(text, next.data(), next.size());
    text[next.size()] = '\0';
    if (rest.empty()) break;
    if (rest.find_first_not_of('/') == rest.npos) {
      return OpenDirectory(at, text, flags, mode);
    }
    next = NextName(&rest);
    Opened step = OpenAt(at, text, O_PATH | O_NOFOLLOW);
    if (step.error != 0) return step;
    held = std::move(step.fd);
    at = held.get();
    const mode_t kind = ModeOf(at) & S_IFMT;
    if (kind != S_IFDIR)
      return Opened::Error(kind == S_IFLNK ? ELOOP : ENOTDIR);
    if (next.empty()) memcpy(text, ".", 2);
  }
  return OpenLast(at, text, flags, mode);
}

int Kernel::Inspect(int fd, ObjectInfo* info) const {
  return inspects_unnamed_ ? InspectUnnamed(fd, info) : fs::Inspect(fd, info);
}

int Kernel::Glance(absl::string_view name, ObjectInfo* info) const {
  RelativeName relative;
  const int error = relative.Set(name);
  if (error != 0) return error;
  return statx(root_.get(), relative.c_str(),
               AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
               STATX_TYPE | STATX_NLINK | STATX_INO, &info->raw) == 0
             ? 0
             : errno;
}

Opened Kernel::OpenFollowing(absl::string_view name, int flags) const {
  if (!has_openat2_) return Opened::Error(ENOSYS);
  RelativeName relative;
  const int error = relative.Set(name);
  if (error != 0) return Opened::Error(error);
  // IN_ROOT, not for the root, which is the process's own, but because only
  // so a ".." that meets a rename is noticed.
  return OpenAt2(root_.get(), relative.c_str(), O_PATH | flags, 0,
                 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int Kernel::InspectFollowing(absl::string_view name, ObjectInfo* info) const {
  const Opened opened = OpenFollowing(name, 0);
  return opened.error != 0 ? opened.error : Inspect(opened.fd.get(), info);
}

bool Kernel::HasSpareDescriptors() const {
  const Opened directory = OpenAt(root_.get(), ".", O_PATH);
  return directory.error == 0 && OpenAt(root_.get(), ".", O_PATH).error == 0;
}

int Kernel::ProposeName(int fd, std::string* name) const {
  if (!proc_.valid()) return ENOSYS;
  char target[kMaxPathBytes + 1];
  const ssize_t size =
      readlinkat(proc_.get(), LinkName(fd).text, target, sizeof(target));
  if (size < 0) return errno;
  if (static_cast<size_t>(size) == sizeof(target)) return ENAMETOOLONG;
  name->assign(target, static_cast<size_t>(size));
  return 0;
}

Opened Kernel::Reopen(int fd, int flags) const {
  if (!proc_.valid()) return Opened::Error(ENOSYS);
  return OpenAt(proc_.get(), LinkName(fd).text, flags & ~O_NOFOLLOW);
}

std::string Kernel::MagicName(int fd) const {
  if (!proc_.valid()) return "";
  const std::string name = absl::StrCat("/proc/", LinkName(fd).text);
  // Nothing is mounted over it, or over a directory on the way.
  const Opened object = OpenAt(AT_FDCWD, name.c_str(), O_PATH);
  ObjectInfo ours, theirs;
  if (object.error != 0 || Inspect(fd, &ours) != 0 ||
      Inspect(object.fd.get(), &theirs) != 0 || !ours.SameAs(theirs)) {
    return "";
  }
  return name;
}

}  // namespace fs
}  // namespace postern
