#ifndef POSTERN_FS_GUARDED_FS_H_
#define POSTERN_FS_GUARDED_FS_H_

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/directory_reader.h"
#include "fs/handle.h"
#include "fs/operation.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
#include "fs/status.h"
#include "fs/watch.h"

namespace postern {
namespace fs {

class Kernel;
class Resolver;
struct GuardedFsParts;
struct OneCall;

// File operations that decide and act in one, against symlink races (TOCTOU)
// and path traversal: what the monitor was asked about is what is opened, made,
// moved or removed, whatever links and ".." the name passes and whatever guests
// rename meanwhile. Rights are those of operation.h, errors those of the system
// call of the same name. A name that is denied gives the same answer whether it
// exists or not. Names are bytes without NUL, at most 4095. Nothing happens to
// a denied object: no fifo blocks, no driver runs, no lock of this process is
// lost. These are not covered, and are the host's business:
//  - what another process does to an object after the call, and what it moves
//    to a denied place while the call walks there (docs/files.md says how far
//    that goes)
//  - mounts that are set up while calls run
//  - that a guest can guess from EEXIST and ENOTEMPTY of granted names which
//    names exist.
// Holds descriptors: a host that closes what is not its own breaks it.
// Thread-safe, also in a child of fork(2). A call needs up to 256 KiB of stack.
class GuardedFs {
 public:
  // InvalidArgument for a null monitor or a relative base directory, what the
  // monitor says if it is not ready.
  static absl::StatusOr<std::unique_ptr<const GuardedFs>> Create(
      std::shared_ptr<PathMonitor> monitor, GuardedFsOptions options);
  ~GuardedFs();
  GuardedFs(const GuardedFs&) = delete;
  GuardedFs& operator=(const GuardedFs&) = delete;

  // open(2), always with O_CLOEXEC, O_NOCTTY, O_NONBLOCK.
  FsResult<Handle> Open(const At& at, const OpenIntent& intent) const;
  // A descriptor for execveat(2) with AT_EMPTY_PATH.
  FsResult<Handle> OpenExec(const At& at) const;
  // A directory to start relative names from (At). Use this in place of
  // fchdir(2), which would move the whole process.
  FsResult<Handle> ChangeDirectory(const At& at) const;

  FsResult<struct stat> Stat(const At& at) const;
  FsResult<struct stat> Lstat(const At& at) const;
  // access(2) with the effective ids: `mode` of R_OK, W_OK, X_OK, or F_OK.
  FsStatus Access(const At& at, int mode) const;
  FsResult<std::string> Readlink(const At& at) const;
  // The entries of a directory, without "." and "..". Concealed ones are left
  // out; the options say whether those that are otherwise denied are.
  FsResult<DirectoryReader> List(const At& at) const;
  // inotify(7) on a file or directory; `mask` of its IN_* bits for events.
  FsResult<Watch> WatchPath(const At& at, uint32_t mask) const;

  FsStatus Mkdir(const At& at, mode_t mode) const;
  // A fifo, a socket or an empty file; a device only if the options' kinds have
  // it.
  FsStatus Mknod(const At& at, mode_t mode, dev_t device) const;
  // A link with this text. What it leads to is decided when it is used.
  FsStatus Symlink(absl::string_view target, const At& at) const;
  // A second name, which may not give more rights than the first has.
  FsStatus Link(const At& from, const At& to) const;
  // rename(2); `to` is replaced if it exists. What is moved must gain no right
  // by it.
  FsStatus Rename(const At& from, const At& to) const;
  // rename(2) unless `to` exists (RENAME_NOREPLACE).
  FsStatus RenameNoReplace(const At& from, const At& to) const;
  // RENAME_EXCHANGE: neither of the two may gain a right.
  FsStatus Exchange(const At& a, const At& b) const;
  FsStatus Unlink(const At& at) const;
  FsStatus Rmdir(const At& at) const;
  // Removes the object and all beneath it, as one operation. Nothing is removed
  // if anything beneath is denied at the start. Later it stops at the first
  // thing that is denied or cannot be removed. A name that does not exist is an
  // error.
  FsStatus RemoveAll(const At& at) const;

  FsStatus Chmod(const At& at, mode_t mode) const;
  FsStatus Chown(const At& at, uid_t owner, gid_t group) const;
  FsStatus Lchown(const At& at, uid_t owner, gid_t group) const;
  // Access and modification time (utimensat(2)).
  FsStatus SetTimes(const At& at, const struct timespec (&times)[2]) const;
  FsStatus SetLinkTimes(const At& at, const struct timespec (&times)[2]) const;
  FsStatus Truncate(const At& at, off_t size) const;
  FsResult<std::string> GetXattr(const At& at, const std::string& name) const;
  FsResult<std::vector<std::string>> ListXattr(const At& at) const;
  // `flags`: 0, XATTR_CREATE or XATTR_REPLACE.
  FsStatus SetXattr(const At& at, const std::string& name,
                    absl::string_view value, int flags) const;
  FsStatus RemoveXattr(const At& at, const std::string& name) const;

  // For the host's stream, datagram and seqpacket sockets of family AF_UNIX.
  // These are the checks for files; unix sockets need those for the network too
  // (MakeUnixSockets()). ENOSYS without procfs.
  FsStatus BindUnix(int socket, const At& at) const;
  FsStatus ConnectUnix(int socket, const At& at) const;

  // Contents of a file of at most `max_bytes`; EFBIG beyond.
  FsResult<std::string> ReadFile(const At& at, size_t max_bytes) const;
  // Creates or empties the file and writes it; no sync. A write that fails
  // midway leaves what was written.
  FsStatus WriteFile(const At& at, absl::string_view contents,
                     mode_t mode = 0666) const;
  // Copies bytes and permission bits to a file that must not exist yet, or may
  // exist with `replace`. A new file that could not be filled is removed.
  enum class Replace { kNo, kYes };
  FsStatus Copy(const At& from, const At& to, Replace replace) const;
  // A new file of mode 0600, open for reading and writing. Its name is `prefix`
  // and random letters, and is decided as it is made.
  FsResult<Handle> CreateTemp(const At& directory,
                              absl::string_view prefix) const;
  // A new directory of mode 0700, named in that way. Returns its name, as
  // `directory` was given.
  FsResult<std::string> CreateTempDirectory(const At& directory,
                                            absl::string_view prefix) const;

  const GuardedFsOptions& options() const;

 private:
  friend struct GuardedFsParts;
  explicit GuardedFs(std::unique_ptr<const Resolver> resolver);
  const Kernel& kernel() const;
  // The mode has set-id bits, and the options do not allow them.
  bool SetsIds(mode_t mode) const;
  // As Open(), as a part of `call`. With `tell_created`, Findings::created is
  // known.
  FsResult<Handle> OpenIn(OneCall* call, const At& at, const OpenIntent& intent,
                          bool tell_created) const;
  // O_PATH; what the operation's row says of its first name.
  FsResult<Handle> Hold(Operation operation, const At& at) const;
  FsResult<Handle> HoldIn(OneCall* call, const OperationEnd& end,
                          const At& at) const;
  // The denial of the second name of a copy, if that is foreseen and nothing
  // is to be said of the first.
  FsStatus DenyTarget(OneCall* call, const At& from, const At& to,
                      Replace replace) const;
  FsStatus Move(Operation operation, const At& from, const At& to,
                unsigned flags) const;
  FsStatus Remove(Operation operation, const At& at, int flags) const;
  FsStatus RemoveIn(OneCall* call, Operation operation, const At& at,
                    int flags) const;

  const std::unique_ptr<const Resolver> resolver_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_GUARDED_FS_H_
