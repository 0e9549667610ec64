#ifndef POSTERN_FS_KERNEL_H_
#define POSTERN_FS_KERNEL_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "fs/file_identity.h"

namespace postern {
namespace fs {

// A descriptor, or the errno of why there is none.
struct Opened {
  FileDescriptor fd;
  int error = 0;
  bool by_steps = false;  // in several calls, between which others could rename

  static Opened Error(int error) { return {FileDescriptor(), error}; }
};

// What is known of an open object: statx(2), with the mount's id where the
// kernel tells it (STATX_MNT_ID, Linux 5.8).
struct ObjectInfo {
  struct statx raw;

  mode_t mode() const { return raw.stx_mode; }
  FileIdentity identity() const;
  // 0 = not known.
  uint64_t mount_id() const;
  // Whether both are one object, reached through one mount.
  bool SameAs(const ObjectInfo& other) const {
    return identity() == other.identity() && mount_id() == other.mount_id();
  }
  struct stat ToStat() const;
};

// What this kernel offers for looking names up safely, found out once, and one
// descriptor of the root directory. It opens names that are already canonical
// and follows no link, by either of two ways that agree:
//  - openat2(2) (Linux 5.6) with RESOLVE_NO_SYMLINKS, NO_MAGICLINKS;
//  - a walk with one openat(2) a component, O_PATH and O_NOFOLLOW, where
//    openat2 is not there (ENOSYS) or not allowed (EPERM, from a filter).
// Immutable and thread-safe. Names are bytes; nothing here decides anything.
class Kernel {
 public:
  // What is to be taken as missing, to see that the other ways agree.
  struct Without {
    bool openat2 = false;
    bool procfs = false;
  };

  // Probes the kernel. An error if there is no root directory to open, or if
  // descriptors or memory are too short to tell what there is.
  static absl::StatusOr<std::unique_ptr<const Kernel>> Probe(Without without);
  static absl::StatusOr<std::unique_ptr<const Kernel>> Probe() {
    return Probe(Without());
  }

  int root() const { return root_.get(); }
  bool has_openat2() const { return has_openat2_; }
  bool has_procfs() const { return proc_.valid(); }
  // There are descriptors left for FindCanonicalName(), which without openat2
  // needs two; who has it need not ask.
  bool HasSpareDescriptors() const;

  // Opens `name`, absolute and free of "..", without following any link: one
  // on the way is ELOOP, and so is one in the last place unless `flags` have
  // both O_PATH and O_NOFOLLOW. "." and slashes are the kernel's to judge.
  // O_CLOEXEC and O_NOCTTY are added. Retries EINTR and, a few times, EAGAIN.
  Opened Open(absl::string_view name, int flags, mode_t mode = 0) const;
  // Opens `name`, absolute, whose ".." may step back, without following any
  // link. Success means that the name without its ".." and what they step back
  // from was the object's: with RESOLVE_BENEATH the kernel gives EAGAIN if
  // anything was moved or mounted between the start and a "..", which could
  // then lead elsewhere (handle_dots() of fs/namei.c). ENOSYS without openat2.
  Opened OpenSteppingBack(absl::string_view name, int flags) const;
  // Opens an entry of a directory that is held; `entry` is one component. A
  // link is ELOOP.
  static Opened OpenEntry(int directory, absl::string_view entry, int flags,
                          mode_t mode);

  // As the function of this name, by the fastest way that the kernel has.
  int Inspect(int fd, ObjectInfo* info) const;

  // statx(2) of a name without opening it, which follows links on the way: a
  // hint. The errno, 0 if all is well.
  int Glance(absl::string_view name, ObjectInfo* info) const;

  // Opens `name` with O_PATH, following links that are names; ELOOP for a link
  // of procfs. ENOSYS where only FindCanonicalName() can do that.
  Opened OpenFollowing(absl::string_view name, int flags) const;
  // Inspect() of what OpenFollowing() opens. The errno of either.
  int InspectFollowing(absl::string_view name, ObjectInfo* info) const;

  // The name that procfs has for an open object (proc_pid_fd(5)). Only a
  // proposal: renamed, removed and detached objects have misleading ones, and
  // so has whatever somebody mounts there. ENOSYS without procfs.
  int ProposeName(int fd, std::string* name) const;

  // Opens the object of an O_PATH descriptor for real, through procfs; the
  // caller sees to it that it is the same. ENOSYS without procfs.
  Opened Reopen(int fd, int flags) const;
  // A name for an open object that is good for one call on this thread, as
  // "/proc/thread-self/fd/7"; "" without a procfs that can be trusted.
  std::string MagicName(int fd) const;

 private:
  Kernel() = default;
  Opened OpenBySteps(absl::string_view name, int flags, mode_t mode) const;

  FileDescriptor root_;
  FileDescriptor proc_;  // root of a procfs; none if it cannot be trusted
  bool has_openat2_ = false;
  bool root_is_mounts_ = false;    // the root directory is that of its mount
  bool inspects_unnamed_ = false;  // statx(2) takes a null name (Linux 6.11)
};

// The errno, 0 if all is well.
int Inspect(int fd, ObjectInfo* info);
// Inspect() for what has the name `name` in a directory, without following a
// link.
int InspectAt(int directory, const char* name, ObjectInfo* info);

// Whether files keep the birth that statx(2) tells as long as they exist. Not
// where it is another file's (overlayfs) or can be set (cifs, ntfs).
bool KeepsBirths(int fd);

// Whether the object is in a procfs (statfs(2), PROC_SUPER_MAGIC).
bool IsInProcfs(int fd);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_KERNEL_H_
