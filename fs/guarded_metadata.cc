// Operations of GuardedFs on what a name leads to, save opening it.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "fs/guarded_fs.h"
#include "fs/path_pattern.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {
namespace {

// System calls younger than the C library's headers (Linux 5.8, 6.6).
constexpr int64_t kFaccessat2 = 439;
constexpr int64_t kFchmodat2 = 452;

FsStatus Unenforceable() {
  return FsStatus::Refused(ENOSYS, Refusal::kUnenforceable);
}

// Attributes that the kernel or the system gives meaning to (xattr(7)).
bool IsPrivileged(absl::string_view name) {
  return absl::StartsWith(name, "security.") ||
         absl::StartsWith(name, "trusted.") ||
         absl::StartsWith(name, "system.");
}

FsStatus CheckAttribute(const std::string& name, bool changes,
                        const GuardedFsOptions& options) {
  if (name.empty() || name.size() > XATTR_NAME_MAX ||
      name.find('\0') != name.npos) {
    return FsStatus::Invalid(EINVAL);
  }
  if (changes && IsPrivileged(name) && !options.privileged_attributes) {
    return FsStatus::Refused(EPERM, Refusal::kAttribute);
  }
  return FsStatus();
}

FsResult<struct stat> StatOf(const FsResult<Handle>& handle) {
  return handle.ok() ? handle->Stat() : handle.status();
}

}  // namespace

FsResult<struct stat> GuardedFs::Stat(const At& at) const {
  return StatOf(Hold(Operation::kStat, at));
}

FsResult<struct stat> GuardedFs::Lstat(const At& at) const {
  return StatOf(Hold(Operation::kLstat, at));
}

FsStatus GuardedFs::Access(const At& at, int mode) const {
  if ((mode & ~(R_OK | W_OK | X_OK)) != 0) {
    return FsStatus::Invalid(EINVAL);
  }
  ObjectRequest request;
  request.rights = RowOf(Operation::kAccess).first.rights;
  if ((mode & W_OK) != 0) request.rights = request.rights | Right::kWrite;
  request.flags = O_PATH;
  request.kinds = Kinds::Any();
  const FsResult<Handle> handle = resolver_->ResolveObject(at, request);
  if (!handle.ok()) return handle.status();
  const int64_t result =
      syscall(kFaccessat2, handle->fd(), "", mode, AT_EMPTY_PATH | AT_EACCESS);
  if (result == 0 || (errno != ENOSYS && errno != EPERM))
    return FsStatus::FromResult(result);
  const std::string name = kernel().MagicName(handle->fd());
  if (name.empty()) return Unenforceable();
  return FsStatus::FromResult(
      faccessat(AT_FDCWD, name.c_str(), mode, AT_EACCESS));
}

FsResult<std::string> GuardedFs::Readlink(const At& at) const {
  const FsResult<Handle> handle = Hold(Operation::kReadlink, at);
  if (!handle.ok()) return handle.status();
  char text[kMaxPathBytes + 1];
  const ssize_t size = readlinkat(handle->fd(), "", text, sizeof(text));
  // With an empty name, what is no link is ENOENT (readlink(2)).
  if (size < 0) return FsStatus::Error(errno == ENOENT ? EINVAL : errno);
  return std::string(text, static_cast<size_t>(size));
}

FsResult<DirectoryReader> GuardedFs::List(const At& at) const {
  ObjectRequest request;
  request.rights = RowOf(Operation::kList).first.rights;
  request.flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;
  // O_DIRECTORY keeps everything else out, and devices from being opened.
  request.kinds = Kinds::Any();
  OneCall call;
  FsResult<Handle> handle = resolver_->ResolveObject(at, request, &call);
  if (!handle.ok()) return handle.status();
  std::string name = handle->name();
  return DirectoryReader(
      std::move(*handle),
      ChildFilter(resolver_->shared_monitor(), std::move(call.kept),
                  std::move(name), options().hide_denied_children,
                  ChildFilter::Lifetime::kOneListing));
}

FsResult<Watch> GuardedFs::WatchPath(const At& at, uint32_t mask) const {
  constexpr uint32_t kKnown =
      IN_ALL_EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK | IN_ONESHOT;
  if ((mask & IN_ALL_EVENTS) == 0 || (mask & ~kKnown) != 0) {
    return FsStatus::Invalid(EINVAL);
  }
  OneCall call;
  FsResult<Handle> handle = HoldIn(&call, RowOf(Operation::kWatch).first, at);
  if (!handle.ok()) return handle.status();
  const std::string name = kernel().MagicName(handle->fd());
  if (name.empty()) return Unenforceable();
  FileDescriptor inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.valid() || inotify_add_watch(inotify.get(), name.c_str(),
                                            mask | Watch::kNeeded) < 0) {
    return FsStatus::Error(errno);
  }
  ChildFilter filter(resolver_->shared_monitor(), std::move(call.kept),
                     handle->name(), options().hide_denied_children,
                     ChildFilter::Lifetime::kLasting);
  return Watch(std::move(inotify), mask, std::move(*handle),
               resolver_->shared_kernel(), std::move(filter));
}

FsStatus GuardedFs::Chmod(const At& at, mode_t mode) const {
  if ((mode & ~mode_t{07777}) != 0) {
    return FsStatus::Invalid(EINVAL);
  }
  if (SetsIds(mode)) return FsStatus::Refused(EPERM, Refusal::kAttribute);
  const FsResult<Handle> handle = Hold(Operation::kChmod, at);
  if (!handle.ok()) return handle.status();
  const int64_t result =
      syscall(kFchmodat2, handle->fd(), "", mode, AT_EMPTY_PATH);
  if (result == 0 || (errno != ENOSYS && errno != EPERM))
    return FsStatus::FromResult(result);
  const std::string name = kernel().MagicName(handle->fd());
  if (name.empty()) return Unenforceable();
  return FsStatus::FromResult(chmod(name.c_str(), mode));
}

FsStatus GuardedFs::Chown(const At& at, uid_t owner, gid_t group) const {
  const FsResult<Handle> handle = Hold(Operation::kChown, at);
  if (!handle.ok()) return handle.status();
  return FsStatus::FromResult(
      fchownat(handle->fd(), "", owner, group, AT_EMPTY_PATH));
}

FsStatus GuardedFs::Lchown(const At& at, uid_t owner, gid_t group) const {
  const FsResult<Handle> handle = Hold(Operation::kLchown, at);
  if (!handle.ok()) return handle.status();
  return FsStatus::FromResult(
      fchownat(handle->fd(), "", owner, group, AT_EMPTY_PATH));
}

FsStatus GuardedFs::SetTimes(const At& at,
                             const struct timespec (&times)[2]) const {
  const FsResult<Handle> handle = Hold(Operation::kSetTimes, at);
  if (!handle.ok()) return handle.status();
  // AT_EMPTY_PATH: Linux 5.8.
  return FsStatus::FromResult(
      utimensat(handle->fd(), "", times, AT_EMPTY_PATH));
}

FsStatus GuardedFs::SetLinkTimes(const At& at,
                                 const struct timespec (&times)[2]) const {
  const FsResult<Handle> handle = Hold(Operation::kSetLinkTimes, at);
  if (!handle.ok()) return handle.status();
  return FsStatus::FromResult(
      utimensat(handle->fd(), "", times, AT_EMPTY_PATH));
}

FsStatus GuardedFs::Truncate(const At& at, off_t size) const {
  if (size < 0) return FsStatus::Invalid(EINVAL);
  ObjectRequest request;
  request.rights = RowOf(Operation::kTruncate).first.rights;
  request.flags = O_WRONLY | O_NONBLOCK;
  FsResult<Handle> handle = resolver_->ResolveObject(at, request);
  if (!handle.ok()) return handle.status();
  return handle->Truncate(size);
}

FsResult<std::string> GuardedFs::GetXattr(const At& at,
                                          const std::string& name) const {
  FsStatus status = CheckAttribute(name, /*changes=*/false, options());
  if (!status.ok()) return status;
  const FsResult<Handle> handle = Hold(Operation::kGetXattr, at);
  if (!handle.ok()) return handle.status();
  const std::string object = kernel().MagicName(handle->fd());
  if (object.empty()) return Unenforceable();
  std::string value(XATTR_SIZE_MAX, '\0');
  const ssize_t size =
      getxattr(object.c_str(), name.c_str(), &value[0], value.size());
  if (size < 0) return FsStatus::Error(errno);
  value.resize(static_cast<size_t>(size));
  return value;
}

FsResult<std::vector<std::string>> GuardedFs::ListXattr(const At& at) const {
  const FsResult<Handle> handle = Hold(Operation::kGetXattr, at);
  if (!handle.ok()) return handle.status();
  const std::string object = kernel().MagicName(handle->fd());
  if (object.empty()) return Unenforceable();
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t size = listxattr(object.c_str(), &names[0], names.size());
  if (size < 0) return FsStatus::Error(errno);
  std::vector<std::string> list;
  for (size_t next = 0; next < static_cast<size_t>(size);) {
    list.emplace_back(names.c_str() + next);
    next += list.back().size() + 1;
  }
  return list;
}

FsStatus GuardedFs::SetXattr(const At& at, const std::string& name,
                             absl::string_view value, int flags) const {
  FsStatus status = CheckAttribute(name, /*changes=*/true, options());
  if (!status.ok()) return status;
  if (flags != 0 && flags != XATTR_CREATE && flags != XATTR_REPLACE) {
    return FsStatus::Invalid(EINVAL);
  }
  const FsResult<Handle> handle = Hold(Operation::kSetXattr, at);
  if (!handle.ok()) return handle.status();
  const std::string object = kernel().MagicName(handle->fd());
  if (object.empty()) return Unenforceable();
  return FsStatus::FromResult(setxattr(object.c_str(), name.c_str(),
                                       value.data(), value.size(), flags));
}

FsStatus GuardedFs::RemoveXattr(const At& at, const std::string& name) const {
  FsStatus status = CheckAttribute(name, /*changes=*/true, options());
  if (!status.ok()) return status;
  const FsResult<Handle> handle = Hold(Operation::kSetXattr, at);
  if (!handle.ok()) return handle.status();
  const std::string object = kernel().MagicName(handle->fd());
  if (object.empty()) return Unenforceable();
  return FsStatus::FromResult(removexattr(object.c_str(), name.c_str()));
}

}  // namespace fs
}  // namespace postern
