#include "fs/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace postern {
namespace fs {
FsStatus Handle::Needs(Right right) const {
  if (!valid()) return FsStatus::Refused(EBADF, Refusal::kHandle);
  return rights_.Contains(right) ? FsStatus()
                                 : FsStatus::Refused(EACCES, Refusal::kHandle);
}

FsResult<struct stat> Handle::Stat() const {
  FsStatus status = Needs(Right::kRead);
  if (!status.ok()) return status;
  struct stat st;
  if (fstat(fd(), &st) != 0) return FsStatus::Error(errno);
  return st;
}

FsStatus Handle::Truncate(off_t size) const {
  FsStatus status = Needs(Right::kWrite);
  return status.ok() ? FsStatus::FromResult(ftruncate(fd(), size)) : status;
}

FsStatus Handle::Chmod(mode_t mode) const {
  FsStatus status = Needs(Right::kWrite);
  if (!status.ok()) return status;
  if ((mode & (S_ISUID | S_ISGID)) != 0) {
    return FsStatus::Refused(EPERM, Refusal::kAttribute);
  }
  return FsStatus::FromResult(fchmod(fd(), mode));
}

FsStatus Handle::Chown(uid_t owner, gid_t group) const {
  FsStatus status = Needs(Right::kWrite);
  return status.ok() ? FsStatus::FromResult(fchown(fd(), owner, group))
                     : status;
}

FsStatus Handle::SetTimes(const struct timespec (&times)[2]) const {
  FsStatus status = Needs(Right::kWrite);
  return status.ok() ? FsStatus::FromResult(futimens(fd(), times)) : status;
}

FsStatus Handle::Sync() const {
  if (!valid()) return FsStatus::Refused(EBADF, Refusal::kHandle);
  return FsStatus::FromResult(fsync(fd()));
}

FsResult<Handle> Handle::Duplicate() const {
  FileDescriptor copy(fcntl(fd(), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return FsStatus::Error(errno);
  return Handle(std::move(copy), rights_, name_, findings_, identity_);
}

}  // namespace fs
}  // namespace postern
