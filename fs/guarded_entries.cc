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

#include "fs/attempt.h"
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
  seen.error =
      InspectAt(entry.directory.get(), entry.name().c_str(), &seen.info);
  return seen;
}

// Whether the object of a name may be moved or get another one.
FsStatus JudgeMoved(const Resolver& resolver, const ResolvedEntry& entry,
                    const Seen& seen, const OneCall& call) {
  if (seen.error != 0) return FsStatus::Error(seen.error);
  // Nothing is opened by a move; but a device should not get near to who opens.
  const mode_t mode = seen.info.mode();
  if ((S_ISCHR(mode) || S_ISBLK(mode)) &&
      !resolver.options().kinds.Contains(mode)) {
    return FsStatus::Refused(EACCES, Refusal::kKind);
  }
  return resolver.judge().JudgeIdentity(Right::kWrite, seen.info,
                                        entry.canonical, call);
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

// Whether the name may be taken from the object in the directory that has it
// now. Nothing may have it.
FsStatus JudgeReplaced(const Resolver& resolver, int directory,
                       const std::string& entry, const std::string& canonical,
                       const OneCall& call) {
  const Verdict verdict = resolver.monitor().CheckReplace(canonical);
  if (!verdict.allowed) return FsStatus::Denied(verdict, canonical);
  ObjectInfo info;
  if (!resolver.monitor().KnowsIdentities() ||
      InspectAt(directory, entry.c_str(), &info) != 0) {
    return FsStatus();
  }
  return resolver.judge().JudgeIdentity(Right::kWrite, info, canonical, call);
}

FsStatus JudgeReplaced(const Resolver& resolver, const ResolvedEntry& entry,
                       const OneCall& call) {
  return JudgeReplaced(resolver, entry.directory.get(), entry.name(),
                       entry.canonical, call);
}

// Where both names of a move stand, decided and resolved.
struct Ends {
  ResolvedEntry from;
  ResolvedEntry to;
};

// Has the name decided that was foreseen, and resolves it where that failed.
FsStatus Settle(const Resolver& resolver, const At& at, Rights rights,
                OneCall* call, FsResult<ResolvedEntry>* entry) {
  if (entry->ok()) {
    return resolver.Decide(rights, (*entry)->canonical, at.path, call);
  }
  *entry = resolver.ResolveParent(at, rights, call);
  return entry->status();
}

// Both names, resolved and decided. First they are foreseen: nothing is asked
// or taken for one name if the other is denied already.
FsResult<Ends> ResolveEnds(const Resolver& resolver, const OperationRow& row,
                           const At& from, const At& to, OneCall* call) {
  const Rights first = row.first.rights, second = row.second.rights;
  FsResult<ResolvedEntry> source((FsStatus())), target((FsStatus()));
  call->acts = false;
  {
    const Foresight foresight(call);
    source = resolver.ResolveParent(from, first, call);
    if (!source.ok() && !call->acts) return source.status();
    target = resolver.ResolveParent(to, second, call);
  }
  if (call->acts) {
    FsStatus status;
    if (source.ok() && IsInVain(target.status())) {
      status = Settle(resolver, to, second, call, &target);
      if (!status.ok()) return std::move(status).At(1);
    }
    status = Settle(resolver, from, first, call, &source);
    if (!status.ok()) return status;
    status = Settle(resolver, to, second, call, &target);
    if (!status.ok()) return std::move(status).At(1);
  }
  if (!target.ok()) return FsStatus(target.status()).At(1);
  return Ends{std::move(*source), std::move(*target)};
}

// Resolves both names, and as soon as naming() is held and both directories
// have their names still, calls `act(ends)` for an FsStatus.
template <typename Act>
FsStatus ActOnEnds(const Resolver& resolver, Operation operation,
                   const At& from, const At& to, OneCall* call, Act act) {
  for (int i = 0; i < Resolver::kMaxChanges; ++i) {
    const FsResult<Ends> ends =
        ResolveEnds(resolver, RowOf(operation), from, to, call);
    if (!ends.ok()) return ends.status();
    std::lock_guard<ForkMutex> lock(resolver.naming());
    if (resolver.IsStillNamed(ends->from) && resolver.IsStillNamed(ends->to)) {
      return act(*ends);
    }
  }
  return FsStatus::Refused(EAGAIN, Refusal::kChanged);
}

FsStatus Link(const Resolver& resolver, const Ends& ends, const OneCall& call) {
  const Seen seen = Look(ends.from);
  FsStatus status = JudgeMoved(resolver, ends.from, seen, call);
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
FsStatus SeesDirectory(const Resolver& resolver, const At& from, const At& to,
                       OneCall* call) {
  const OperationRow& row = RowOf(Operation::kLink);
  FsStatus status = ResolveEnds(resolver, row, from, to, call).status();
  if (!status.ok()) return status;
  ObjectRequest request;
  request.rights = row.first.rights;
  request.flags = O_PATH | O_DIRECTORY;
  request.kinds = Kinds::Any();
  return resolver.ResolveObject(from, request, call).status();
}

FsStatus JudgeEnds(const Resolver& resolver, const Ends& ends, unsigned flags,
                   const OneCall& call) {
  const Seen moved = Look(ends.from);
  FsStatus status = JudgeMoved(resolver, ends.from, moved, call);
  if (status.ok()) {
    status = JudgeMove(resolver, ends.from, ends.to, moved.is_directory());
  }
  if (status.ok()) status = JudgeReplaced(resolver, ends.from, call);
  if (!status.ok()) return status;
  if ((flags & RENAME_EXCHANGE) != 0) {
    const Seen other = Look(ends.to);
    status = JudgeMoved(resolver, ends.to, other, call);
    if (status.ok()) {
      status = JudgeMove(resolver, ends.to, ends.from, other.is_directory());
    }
  }
  if (status.ok()) status = JudgeReplaced(resolver, ends.to, call);
  return std::move(status).At(1);
}

// Removes a directory with all beneath, one directory at a time, each opened
// by its canonical name. The top was decided, as a part of `call`.
class Removal {
 public:
  Removal(const Resolver& resolver, const std::string& top, uint64_t mount,
          OneCall* call)
      : resolver_(resolver),
        call_(*call),
        granted_(resolver.monitor().CheckSubtree(Right::kWrite, top).allowed),
        mount_(mount),
        top_(top) {
    Push(top);
  }

  // Nothing beneath is denied. Changes nothing.
  FsStatus Check() {
    if (granted_ && !resolver_.options().no_cross_mount &&
        !resolver_.monitor().KnowsEntries()) {
      return FsStatus();
    }
    Removal all(*this);
    while (!all.pending_.empty()) {
      const std::string name = all.Pop();
      ObjectInfo directory;
      FsStatus status = Visit(
          name, &directory, [&](std::string child, const ObjectInfo& info) {
            FsStatus may = MayRemove(directory, child, info);
            if (!may.ok() || !S_ISDIR(info.mode())) return may;
            if (all.bytes_ >= kMaxCheckedBytes) return FsStatus::Error(ENOMEM);
            all.Push(std::move(child));
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
      Pop();
    }
    return FsStatus();
  }

 private:
  // Names of directories that may wait to be looked at: more is ENOMEM.
  static constexpr size_t kMaxCheckedBytes = size_t{64} << 20;
  // Those that may wait to be emptied, and of one directory, besides one a
  // level. Who has more makes another round.
  static constexpr size_t kMaxPendingBytes = size_t{4} << 20;
  static constexpr size_t kMaxAtOnce = 256;

  void Push(std::string name) {
    bytes_ += sizeof(name) + name.size();
    pending_.push_back(std::move(name));
  }
  std::string Pop() {
    std::string name = std::move(pending_.back());
    bytes_ -= sizeof(name) + name.size();
    pending_.pop_back();
    return name;
  }

  FsStatus MayRemove(const ObjectInfo& directory, const std::string& name,
                     const ObjectInfo& info) const {
    const Verdict verdict =
        granted_ ? Verdict() : resolver_.Check(Right::kWrite, name, call_);
    if (!granted_ && !verdict.allowed && !verdict.asks) {
      return FsStatus::Denied(verdict, name);
    }
    const ObjectJudge& judge = resolver_.judge();
    FsStatus status = judge.JudgeEntry(Right::kWrite, directory, name, call_);
    return status.ok() ? judge.JudgeIdentity(Right::kWrite, info, name, call_)
                       : status;
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

  // Calls `function(path, info)` for the entries until one fails. Before that
  // looks at the directory itself unless `directory` is null.
  template <typename Function>
  FsStatus Visit(const std::string& name, ObjectInfo* directory,
                 Function function) const {
    Opened opened = OpenDirectory(name, O_RDONLY | O_NONBLOCK);
    if (opened.error != 0) return NotOpened(opened.error);
    const int error =
        directory == nullptr ? 0 : Inspect(opened.fd.get(), directory);
    if (error != 0) return FsStatus::Error(error);
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
    ObjectInfo info;
    const int error = InspectAt(dir, child, &info);
    if (error != 0) {
      return error == ENOENT ? FsStatus() : FsStatus::Error(error);
    }
    std::string path = name == "/" ? name + child : name + "/" + child;
    if (path.size() > kMaxPathBytes) return FsStatus::Error(ENAMETOOLONG);
    return function(std::move(path), info);
  }

  // Removes what is no directory, and makes some of the others wait. Stops
  // where no more can: to look at the rest each time would take quadratic time.
  FsStatus Empty(const std::string& name) {
    size_t taken = 0;
    bool full = false;
    FsStatus status =
        Visit(name, nullptr, [&](std::string child, const ObjectInfo& info) {
          if (!S_ISDIR(info.mode())) return RemoveChild(child, 0);
          Push(std::move(child));
          ++taken;
          full = taken >= kMaxAtOnce || bytes_ >= kMaxPendingBytes;
          return full ? FsStatus::Error(ECANCELED) : FsStatus();
        });
    return full ? FsStatus() : status;
  }

  FsStatus RemoveChild(const std::string& name, int flags) const {
    FsStatus status;
    if (name != top_) {
      status = resolver_.Decide(Right::kWrite, name, name, &call_);
    }
    if (!status.ok()) return status;
    const size_t slash = name.rfind('/');
    const std::string entry = name.substr(slash + 1);
    std::lock_guard<ForkMutex> lock(resolver_.naming());
    const Opened parent = OpenDirectory(
        slash == 0 ? "/" : absl::string_view(name).substr(0, slash), O_PATH);
    if (parent.error != 0) return NotOpened(parent.error);
    status = JudgeRemoved(parent.fd.get(), entry, name);
    if (!status.ok()) return status;
    return FsStatus::FromResult(
        unlinkat(parent.fd.get(), entry.c_str(), flags));
  }
  FsStatus JudgeRemoved(int parent, const std::string& entry,
                        const std::string& name) const {
    ObjectInfo info;
    const int error = Inspect(parent, &info);
    if (error != 0) return FsStatus::Error(error);
    FsStatus status =
        resolver_.judge().JudgeEntry(Right::kWrite, info, name, call_);
    return status.ok() ? JudgeReplaced(resolver_, parent, entry, name, call_)
                       : status;
  }

  const Resolver& resolver_;
  OneCall& call_;
  const bool granted_;
  const uint64_t mount_;  // of the top's directory
  const std::string top_;
  std::vector<std::string> pending_;
  size_t bytes_ = 0;  // that they take
};

// Of what was decided and judged.
FsStatus RemoveEntry(const ResolvedEntry& entry, int flags) {
  return FsStatus::FromResult(
      unlinkat(entry.directory.get(), entry.last.c_str(), flags));
}

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
  OneCall call;
  if (!from.path.empty() && from.path.back() == '/') {
    FsStatus status = SeesDirectory(*resolver_, from, to, &call);
    if (!status.ok()) return status;
  }
  return ActOnEnds(
      *resolver_, Operation::kLink, from, to, &call,
      [&](const Ends& ends) { return fs::Link(*resolver_, ends, call); });
}

FsStatus GuardedFs::Move(Operation operation, const At& from, const At& to,
                         unsigned flags) const {
  OneCall call;
  return ActOnEnds(
      *resolver_, operation, from, to, &call, [&](const Ends& ends) {
        FsStatus status = JudgeEnds(*resolver_, ends, flags, call);
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
  OneCall call;
  return RemoveIn(&call, operation, at, flags);
}

FsStatus GuardedFs::RemoveIn(OneCall* call, Operation operation, const At& at,
                             int flags) const {
  return resolver_->ActOnEntry(
      at, RowOf(operation).first.rights, call, [&](const ResolvedEntry& entry) {
        FsStatus status = JudgeReplaced(*resolver_, entry, *call);
        return status.ok() ? RemoveEntry(entry, flags) : status;
      });
}

FsStatus GuardedFs::Unlink(const At& at) const {
  return Remove(Operation::kUnlink, at, 0);
}

FsStatus GuardedFs::Rmdir(const At& at) const {
  return Remove(Operation::kRmdir, at, AT_REMOVEDIR);
}

FsStatus GuardedFs::RemoveAll(const At& at) const {
  std::string top;  // if it is a directory
  uint64_t mount = 0;
  OneCall call;
  FsStatus status = resolver_->ActOnEntry(
      at, RowOf(Operation::kRemoveAll).first.rights, &call,
      [&](const ResolvedEntry& entry) {
        if (entry.name() == "." || entry.name() == "..") {
          return FsStatus::Invalid(EINVAL);
        }
        FsStatus may = JudgeReplaced(*resolver_, entry, call);
        if (!may.ok()) return may;
        const Seen seen = Look(entry);
        if (seen.error != 0) return FsStatus::Error(seen.error);
        if (!seen.is_directory()) return RemoveEntry(entry, 0);
        top = entry.canonical;
        mount = entry.directory_info.mount_id();
        return FsStatus();
      });
  if (!status.ok() || top.empty()) return status;
  Removal removal(*resolver_, top, mount, &call);
  status = removal.Check();
  return status.ok() ? removal.Run() : status;
}

}  // namespace fs
}  // namespace postern
