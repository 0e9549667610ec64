#ifndef POSTERN_FS_HANDLE_H_
#define POSTERN_FS_HANDLE_H_

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "fs/file_identity.h"
#include "fs/path_monitor.h"
#include "fs/status.h"

namespace postern {
namespace fs {

// What was found out about an object beyond its name.
struct Findings {
  bool inspected = false;    // the object was looked at; else nothing is known
  bool hard_linked = false;  // it has other names
  bool crossed_mount = false;  // on another mount than where its name starts
  bool created = false;        // made by this open, as far as that is known
};

// An open object and the rights that it was opened with: a capability. The
// rights stay with it: rules that change later change what can be opened, not
// what is open. Move-only. Thread-safe as a descriptor is. The host reads and
// writes the bytes through fd(); it knows what it opened.
class Handle {
 public:
  Handle() = default;
  Handle(FileDescriptor fd, Rights rights, std::string name, Findings findings,
         FileIdentity identity)
      : fd_(std::move(fd)),
        rights_(rights),
        name_(std::move(name)),
        findings_(findings),
        identity_(identity) {}

  bool valid() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  // The caller takes the descriptor. From then on nothing here enforces the
  // rights.
  int Release() { return fd_.Release(); }
  Rights rights() const { return rights_; }
  // Canonical, when it was opened.
  const std::string& name() const { return name_; }
  const Findings& findings() const { return findings_; }
  FileIdentity identity() const { return identity_; }  // zero: not inspected

  // Metadata needs the right to read, or to write. EACCES without it.
  FsResult<struct stat> Stat() const;
  FsStatus Truncate(off_t size) const;
  // `mode` without set-id bits.
  FsStatus Chmod(mode_t mode) const;
  FsStatus Chown(uid_t owner, gid_t group) const;
  // Access and modification time, as futimens(2).
  FsStatus SetTimes(const struct timespec (&times)[2]) const;
  // fsync(2): with any right.
  FsStatus Sync() const;
  // Another descriptor for the same open file (fcntl(2), F_DUPFD_CLOEXEC) with
  // the same rights.
  FsResult<Handle> Duplicate() const;

 private:
  FsStatus Needs(Right right) const;

  FileDescriptor fd_;
  Rights rights_;
  std::string name_;
  Findings findings_;
  FileIdentity identity_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_HANDLE_H_
