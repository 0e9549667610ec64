// Operations of GuardedFs on names: making, moving and removing them.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fs/guarded_fs.h"
#include "fs/path_pattern.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {
namespace {

// An entry and what has its name at the moment.
struct Seen {
  ObjectInfo info;
  int error = 0;  // errno, ENOENT if nothing has it

  bool is_directory() const { return error == 0 && S_ISDIR(info.mode()); }
};

Seen Look(const ResolvedEntry& entry) {
  Seen seen;
  const FileDescriptor fd(openat(entry.directory.get(), entry.name().c_str(),
                                 O_PATH | O_NOFOLLOW | O_CLOEXEC));
  seen.error = fd.valid() ? Inspect(fd.get(), &seen.info) : errno;
  return seen;
}

// Whether the object of a name may be moved or get another one.
FsStatus JudgeMoved(const Resolver& resolver, const ResolvedEntry& entry,
                    const Seen& seen) {
  if (seen.error != 0) return FsStatus::Error(seen.error);
  // Nothing is opened by a move; but a device should not get near to who opens.
  const mode_t mode = seen.info.mode();
  if ((S_ISCHR(mode) || S_ISBLK(mode)) &&
      !resolver.options().kinds.Contains(mode)) {
    return FsStatus::Refused(EACCES, Refusal::kKind);
  }
  if (!resolver.monitor().KnowsIdentities()) return FsStatus();
  const Verdict verdict = resolver.monitor().CheckIdentity(
      Right::kWrite, seen.info.identity(), entry.canonical);
  return verdict.allowed ? FsStatus()
                         : FsStatus::Denied(verdict, entry.canonical);
}

FsStatus JudgeMove(const Resolver& resolver, const ResolvedEntry& from,
                   const ResolvedEntry& to, bool is_directory) {
  const Verdict verdict =
      resolver.monitor().CheckMove(from.canonical, to.canonical, is_directory);
  if (verdict.allowed) return FsStatus();
  FsStatus status = FsStatus::Denied(verdict, to.canonical);
  if (!verdict.concealed) status.error_number = EXDEV;
  status.refusal = Refusal::kMove;
  return status;
}

FsStatus JudgeReplaced(const Resolver& resolver, const ResolvedEntry& entry) {
  const Verdict verdict = resolver.monitor().CheckReplace(entry.canonical);
  return verdict.allowed ? FsStatus()
                         : FsStatus::Denied(verdict, entry.canonical);
}

// Where both names of a move stand, decided and resolved.
struct Ends {
  ResolvedEntry from;
  ResolvedEntry to;
};

// Resolves both names, and as soon as naming() is held and both directories
// have their names still, calls `act(ends)` for an FsStatus.
template <typename Act>
FsStatus ActOnEnds(const Resolver& resolver, Operation operation,
                   const At& from, const At& to, Act act) {
  const OperationRow& row = RowOf(operation);
  for (int i = 0; i < Resolver::kMaxChanges; ++i) {
    FsResult<ResolvedEntry> source =
        resolver.ResolveParent(from, row.first.rights);
    if (!source.ok()) return source.status();
    FsResult<ResolvedEntry> target =
        resolver.ResolveParent(to, row.second.rights);
    if (!target.ok()) return FsStatus(target.status()).At(1);
    const Ends ends = {std::move(*source), std::move(*target)};
    std::lock_guard<std::mutex> lock(resolver.naming());
    if (resolver.IsStillNamed(ends.from) && resolver.IsStillNamed(ends.to)) {
      return act(ends);
    }
  }
  return FsStatus::Refused(EAGAIN, Refusal::kChanged);
}

FsStatus Link(const Resolver& resolver, const Ends& ends) {
  const Seen seen = Look(ends.from);
  FsStatus status = JudgeMoved(resolver, ends.from, seen);
  if (!status.ok()) return status;
  status = JudgeMove(resolver, ends.from, ends.to, /*is_directory=*/false);
  if (!status.ok()) return std::move(status).At(1);
  // linkat(2) would follow a link that has a slash behind it. That it leads to
  // a directory has been seen.
  if (ends.from.has_slashes() && !seen.is_directory()) {
    if (!S_ISLNK(seen.info.mode())) return FsStatus::Error(ENOTDIR);
    return FsStatus::Error(Look(ends.to).error == 0 ? EEXIST : EPERM);
  }
  return FsStatus::FromResult(
      linkat(ends.from.directory.get(), ends.from.name().c_str(),
             ends.to.directory.get(), ends.to.last.c_str(), 0));
}

// What `from`, with a slash at its end, leads to is a directory. Both names are
// decided first.
FsStatus SeesDirectory(const Resolver& resolver, const At& from, const At& to) {
  const OperationRow& row = RowOf(Operation::kLink);
  FsStatus status = resolver.ResolveParent(from, row.first.rights).status();
  if (!status.ok()) return status;
  status = resolver.ResolveParent(to, row.second.rights).status();
  if (!status.ok()) return std::move(status).At(1);
  ObjectRequest request;
  request.rights = row.first.rights;
  request.flags = O_PATH | O_DIRECTORY;
  request.kinds = Kinds::Any();
  return resolver.ResolveObject(from, request).status();
}

FsStatus JudgeEnds(const Resolver& resolver, const Ends& ends, unsigned flags) {
  const Seen moved = Look(ends.from);
  FsStatus status = JudgeMoved(resolver, ends.from, moved);
  if (status.ok()) {
    status = JudgeMove(resolver, ends.from, ends.to, moved.is_directory());
  }
  if (status.ok()) status = JudgeReplaced(resolver, ends.from);
  if (!status.ok()) return status;
  if ((flags & RENAME_EXCHANGE) != 0) {
    const Seen other = Look(ends.to);
    status = JudgeMoved(resolver, ends.to, other);
    if (status.ok()) {
      status = JudgeMove(resolver, ends.to, ends.from, other.is_directory());
    }
  }
  if (status.ok()) status = JudgeReplaced(resolver, ends.to);
  return std::move(status).At(1);
}

// Removes a directory with all beneath, one directory at a time, each opened
// by its canonical name.
class Removal {
 public:
  Removal(const Resolver& resolver, std::string top, uint64_t mount)
      : resolver_(resolver),
        granted_(resolver.monitor().CheckSubtree(Right::kWrite, top).allowed),
        mount_(mount) {
    Push(std::move(top));
  }

  // Nothing beneath is denied. Changes nothing.
  FsStatus Check() {
    if (granted_ && !resolver_.options().no_cross_mount) return FsStatus();
    Removal all(*this);
    while (!all.pending_.empty()) {
      const std::string name = std::move(all.pending_.back());
      all.Pop(name);
      FsStatus status = Visit(name, [&](std::string child, bool is_dir) {
        FsStatus may = MayRemove(child);
        if (may.ok() && is_dir && !all.Push(std::move(child))) {
          may = FsStatus::Error(ENOMEM);
        }
        return may;
      });
      if (!status.ok()) return status;
    }
    return FsStatus();
  }

  // Removes everything.
  FsStatus Run() {
    while (!pending_.empty()) {
      const std::string name = pending_.back();
      const size_t before = pending_.size();
      FsStatus status = Empty(name);
      if (!status.ok()) return status;
      if (pending_.size() > before) continue;  // those first
      status = RemoveChild(name, AT_REMOVEDIR);
      if (!status.ok()) return status;
      pending_.pop_back();
    }
    return FsStatus();
  }

 private:
  // Names of directories that may wait; and of one directory's, to be taken
  // at a time. Who has more makes another round.
  static constexpr size_t kMaxPendingBytes = size_t{64} << 20;
  static constexpr size_t kMaxAtOnce = 256;

  bool Push(std::string name) {
    bytes_ += name.size();
    pending_.push_back(std::move(name));
    return bytes_ <= kMaxPendingBytes;
  }
  void Pop(const std::string& name) {
    bytes_ -= name.size();
    pending_.pop_back();
  }

  FsStatus MayRemove(const std::string& name) const {
    if (granted_) return FsStatus();
    const Verdict verdict = resolver_.monitor().Check(Right::kWrite, name);
    return verdict.allowed || verdict.asks ? FsStatus()
                                           : FsStatus::Denied(verdict, name);
  }

  // ENOENT included: then somebody else removed it.
  Opened OpenDirectory(absl::string_view name, int flags) const {
    Opened opened =
        resolver_.kernel().Open(name, flags | O_DIRECTORY | O_NOFOLLOW);
    ObjectInfo info;
    if (opened.error != 0 || !resolver_.options().no_cross_mount) return opened;
    const int error = Inspect(opened.fd.get(), &info);
    if (error != 0) return Opened::Error(error);
    return info.mount_id() == mount_ ? std::move(opened) : Opened::Error(EXDEV);
  }
  static FsStatus NotOpened(int error) {
    return error == EXDEV ? FsStatus::Refused(EXDEV, Refusal::kMount)
                          : FsStatus::Error(error);
  }

  // Calls `function(path, is_directory)` for the entries until one fails.
  template <typename Function>
  FsStatus Visit(const std::string& name, Function function) const {
    Opened opened = OpenDirectory(name, O_RDONLY | O_NONBLOCK);
    if (opened.error != 0) return NotOpened(opened.error);
    DIR* dir = fdopendir(opened.fd.get());
    if (dir == nullptr) return FsStatus::Error(errno);
    opened.fd.Release();  // closed by closedir()
    FsStatus status;
    errno = 0;
    while (const struct dirent* entry = status.ok() ? readdir(dir) : nullptr) {
      status = VisitEntry(dirfd(dir), name, entry->d_name, function);
      errno = 0;
    }
    if (status.ok() && errno != 0) status = FsStatus::Error(errno);
    closedir(dir);
    return status;
  }
  template <typename Function>
  static FsStatus VisitEntry(int dir, const std::string& name,
                             const char* child, Function& function) {
    if (absl::string_view(child) == "." || absl::string_view(child) == "..") {
      return FsStatus();
    }
    struct stat st;
    if (fstatat(dir, child, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? FsStatus() : FsStatus::Error(errno);
    }
    std::string path = name == "/" ? name + child : name + "/" + child;
    if (path.size() > kMaxPathBytes) return FsStatus::Error(ENAMETOOLONG);
    return function(std::move(path), S_ISDIR(st.st_mode));
  }

  // Removes what is no directory, and makes some of the others wait.
  FsStatus Empty(const std::string& name) {
    size_t taken = 0;
    return Visit(name, [&](std::string child, bool is_dir) {
      if (!is_dir) return RemoveChild(child, 0);
      if (++taken <= kMaxAtOnce) pending_.push_back(std::move(child));
      return FsStatus();
    });
  }

  FsStatus RemoveChild(const std::string& name, int flags) const {
    FsStatus status = resolver_.Decide(Right::kWrite, name);
    if (!status.ok()) return status;
    const Verdict verdict = resolver_.monitor().CheckReplace(name);
    if (!verdict.allowed) return FsStatus::Denied(verdict, name);
    const size_t slash = name.rfind('/');
    std::lock_guard<std::mutex> lock(resolver_.naming());
    const Opened parent = OpenDirectory(
        slash == 0 ? "/" : absl::string_view(name).substr(0, slash), O_PATH);
    if (parent.error != 0) return NotOpened(parent.error);
    return FsStatus::FromResult(
        unlinkat(parent.fd.get(), name.c_str() + slash + 1, flags));
  }

  const Resolver& resolver_;
  const bool granted_;
  const uint64_t mount_;  // of the top's directory
  std::vector<std::string> pending_;
  size_t bytes_ = 0;  // of Check()'s names
};

}  // namespace

FsStatus GuardedFs::Mkdir(const At& at, mode_t mode) const {
  if ((mode & ~mode_t{07777}) != 0) return FsStatus::Invalid(EINVAL);
  if (SetsIds(mode)) return FsStatus::Refused(EPERM, Refusal::kAttribute);
  return resolver_->ActOnEntry(
      at, RowOf(Operation::kMkdir).first.rights,
      [&](const ResolvedEntry& entry) {
        return FsStatus::FromResult(
            mkdirat(entry.directory.get(), entry.last.c_str(), mode));
      });
}

FsStatus GuardedFs::Mknod(const At& at, mode_t mode, dev_t device) const {
  const mode_t type = (mode & S_IFMT) == 0 ? mode_t{S_IFREG} : mode & S_IFMT;
  if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK &&
      !(options().kinds.Contains(type) && (S_ISCHR(type) || S_ISBLK(type)))) {
    return FsStatus::Refused(EPERM, Refusal::kKind);
  }
  if (SetsIds(mode)) return FsStatus::Refused(EPERM, Refusal::kAttribute);
  return resolver_->ActOnEntry(at, RowOf(Operation::kMknod).first.rights,
                               [&](const ResolvedEntry& entry) {
                                 return FsStatus::FromResult(mknodat(
                                     entry.directory.get(), entry.last.c_str(),
                                     type | (mode & 07777), device));
                               });
}

FsStatus GuardedFs::Symlink(absl::string_view target, const At& at) const {
  if (target.empty()) return FsStatus::Invalid(ENOENT);
  if (target.find('\0') != target.npos) return FsStatus::Invalid(EINVAL);
  if (target.size() > kMaxPathBytes) return FsStatus::Invalid(ENAMETOOLONG);
  return resolver_->ActOnEntry(
      at, RowOf(Operation::kSymlink).first.rights,
      [&](const ResolvedEntry& entry) {
        return FsStatus::FromResult(symlinkat(std::string(target).c_str(),
                                              entry.directory.get(),
                                              entry.last.c_str()));
      });
}

FsStatus GuardedFs::Link(const At& from, const At& to) const {
  if (!from.path.empty() && from.path.back() == '/') {
    FsStatus status = SeesDirectory(*resolver_, from, to);
    if (!status.ok()) return status;
  }
  return ActOnEnds(
      *resolver_, Operation::kLink, from, to,
      [&](const Ends& ends) { return fs::Link(*resolver_, ends); });
}

FsStatus GuardedFs::Move(Operation operation, const At& from, const At& to,
                         unsigned flags) const {
  return ActOnEnds(*resolver_, operation, from, to, [&](const Ends& ends) {
    FsStatus status = JudgeEnds(*resolver_, ends, flags);
    if (!status.ok()) return status;
    return FsStatus::FromResult(syscall(
        SYS_renameat2, ends.from.directory.get(), ends.from.last.c_str(),
        ends.to.directory.get(), ends.to.last.c_str(), flags));
  });
}

FsStatus GuardedFs::Rename(const At& from, const At& to) const {
  return Move(Operation::kRename, from, to, 0);
}

FsStatus GuardedFs::RenameNoReplace(const At& from, const At& to) const {
  return Move(Operation::kRename, from, to, RENAME_NOREPLACE);
}

FsStatus GuardedFs::Exchange(const At& a, const At& b) const {
  return Move(Operation::kExchange, a, b, RENAME_EXCHANGE);
}

FsStatus GuardedFs::Remove(Operation operation, const At& at, int flags) const {
  return resolver_->ActOnEntry(
      at, RowOf(operation).first.rights, [&](const ResolvedEntry& entry) {
        FsStatus status = JudgeReplaced(*resolver_, entry);
        if (!status.ok()) return status;
        return FsStatus::FromResult(
            unlinkat(entry.directory.get(), entry.last.c_str(), flags));
      });
}

FsStatus GuardedFs::Unlink(const At& at) const {
  return Remove(Operation::kUnlink, at, 0);
}

FsStatus GuardedFs::Rmdir(const At& at) const {
  return Remove(Operation::kRmdir, at, AT_REMOVEDIR);
}

FsStatus GuardedFs::RemoveAll(const At& at) const {
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kRemoveAll).first.rights);
  if (!entry.ok()) return entry.status();
  if (entry->name() == "." || entry->name() == "..") {
    return FsStatus::Invalid(EINVAL);
  }
  FsStatus status = JudgeReplaced(*resolver_, *entry);
  if (!status.ok()) return status;
  const Seen seen = Look(*entry);
  if (seen.error != 0) return FsStatus::Error(seen.error);
  if (!seen.is_directory()) return Unlink(at);
  Removal removal(*resolver_, entry->canonical,
                  entry->directory_info.mount_id());
  status = removal.Check();
  return status.ok() ? removal.Run() : status;
}

}  // namespace fs
}  // namespace postern
