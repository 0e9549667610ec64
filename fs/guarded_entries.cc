// Operations of GuardedFs on names: making, moving and removing them.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "fs/guarded_fs.h"
#include "fs/path_pattern.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {
namespace {

FsStatus Done(int64_t result) {
  return result >= 0 ? FsStatus() : FsStatus::Error(errno);
}

FsStatus Invalid(int error_number) {
  return FsStatus::Refused(error_number, Refusal::kInvalid);
}

// An entry and what has its name at the moment.
struct Seen {
  ObjectInfo info;
  int error = 0;  // errno, ENOENT if nothing has it

  bool is_directory() const { return error == 0 && S_ISDIR(info.mode()); }
};

Seen Look(const ResolvedEntry& entry) {
  Seen seen;
  const size_t end = entry.last.find('/');
  const std::string name = entry.last.substr(0, end);
  const FileDescriptor fd(openat(entry.directory.get(), name.c_str(),
                                 O_PATH | O_NOFOLLOW | O_CLOEXEC));
  seen.error = fd.valid() ? Inspect(fd.get(), &seen.info) : errno;
  return seen;
}

// Whether the object of a name may be moved or get another one.
FsStatus JudgeMoved(const Resolver& resolver, const ResolvedEntry& entry,
                    const Seen& seen) {
  if (seen.error != 0) return FsStatus::Error(seen.error);
  if (!S_ISLNK(seen.info.mode()) &&
      !resolver.options().kinds.Contains(seen.info.mode())) {
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

// Removes a directory with all beneath, one directory at a time, each opened
// by its canonical name.
class Removal {
 public:
  Removal(const Resolver& resolver, absl::string_view top)
      : resolver_(resolver),
        granted_(resolver.monitor().CheckSubtree(Right::kWrite, top).allowed) {
    pending_.push_back({std::string(top), false});
  }

  // Nothing beneath is denied. Changes nothing.
  FsStatus Check() {
    if (granted_) return FsStatus();
    std::vector<std::string> directories = {pending_[0].name};
    while (!directories.empty()) {
      const std::string name = std::move(directories.back());
      directories.pop_back();
      FsStatus status = Visit(name, [&](const std::string& child, bool is_dir) {
        if (is_dir) directories.push_back(child);
        return MayRemove(child);
      });
      if (!status.ok()) return status;
    }
    return FsStatus();
  }

  // Removes all but the top itself.
  FsStatus Run() {
    while (!pending_.empty()) {
      const Directory directory = pending_.back();
      if (directory.emptied) {
        pending_.pop_back();
        if (pending_.empty()) break;
        FsStatus status = RemoveEmpty(directory.name);
        if (!status.ok()) return status;
        continue;
      }
      pending_.back().emptied = true;
      FsStatus status = Empty(directory.name);
      if (!status.ok()) return status;
    }
    return FsStatus();
  }

 private:
  struct Directory {
    std::string name;
    bool emptied;  // what is in it is gone, or pending above it
  };

  FsStatus MayRemove(const std::string& name) const {
    if (granted_) return FsStatus();
    const Verdict verdict = resolver_.monitor().Check(Right::kWrite, name);
    if (!verdict.allowed && !verdict.acts) {
      return FsStatus::Denied(verdict, name);
    }
    return FsStatus();
  }

  // Before something is removed; asks where rules say so.
  FsStatus Decide(const std::string& name) const {
    const Verdict checked = resolver_.monitor().Check(Right::kWrite, name);
    const Verdict verdict =
        checked.acts ? resolver_.monitor().Enforce(Right::kWrite, name)
                     : checked;
    return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, name);
  }

  template <typename Function>
  FsStatus Visit(const std::string& name, Function function) const {
    Opened opened = resolver_.kernel().Open(
        name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
    if (opened.error != 0) return FsStatus::Error(opened.error);
    DIR* dir = fdopendir(opened.fd.get());
    if (dir == nullptr) return FsStatus::Error(errno);
    opened.fd.Release();  // closed by closedir()
    FsStatus status;
    while (const struct dirent* entry = status.ok() ? readdir(dir) : nullptr) {
      const absl::string_view child = entry->d_name;
      if (child == "." || child == "..") continue;
      struct stat st;
      if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        status = FsStatus::Error(errno);
        break;
      }
      const std::string path =
          name == "/" ? "/" + std::string(child) : name + "/" + entry->d_name;
      status = path.size() > kMaxPathBytes
                   ? FsStatus::Error(ENAMETOOLONG)
                   : function(path, S_ISDIR(st.st_mode));
    }
    closedir(dir);
    return status;
  }

  FsStatus Empty(const std::string& name) {
    return Visit(name, [&](const std::string& child, bool is_dir) {
      if (is_dir) {
        pending_.push_back({child, false});
        return FsStatus();
      }
      return RemoveChild(child, 0);
    });
  }
  FsStatus RemoveEmpty(const std::string& name) {
    return RemoveChild(name, AT_REMOVEDIR);
  }

  FsStatus RemoveChild(const std::string& name, int flags) const {
    FsStatus status = Decide(name);
    if (!status.ok()) return status;
    const Verdict verdict = resolver_.monitor().CheckReplace(name);
    if (!verdict.allowed) return FsStatus::Denied(verdict, name);
    const size_t slash = name.rfind('/');
    const Opened parent = resolver_.kernel().Open(
        slash == 0 ? "/" : absl::string_view(name).substr(0, slash),
        O_PATH | O_DIRECTORY);
    if (parent.error != 0) return FsStatus::Error(parent.error);
    return Done(unlinkat(parent.fd.get(), name.c_str() + slash + 1, flags));
  }

  const Resolver& resolver_;
  const bool granted_;
  std::vector<Directory> pending_;
};

}  // namespace

FsStatus GuardedFs::Mkdir(const At& at, mode_t mode) const {
  if ((mode & ~mode_t{07777}) != 0) return Invalid(EINVAL);
  if ((mode & (S_ISUID | S_ISGID)) != 0 && !options().privileged_attributes) {
    return FsStatus::Refused(EPERM, Refusal::kAttribute);
  }
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kMkdir).first.rights);
  if (!entry.ok()) return entry.status();
  std::lock_guard<std::mutex> lock(naming_);
  return Done(mkdirat(entry->directory.get(), entry->last.c_str(), mode));
}

FsStatus GuardedFs::Mknod(const At& at, mode_t mode, dev_t device) const {
  const mode_t type = (mode & S_IFMT) == 0 ? mode_t{S_IFREG} : mode & S_IFMT;
  if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK &&
      !(options().kinds.Contains(type) && (S_ISCHR(type) || S_ISBLK(type)))) {
    return FsStatus::Refused(EPERM, Refusal::kKind);
  }
  if ((mode & (S_ISUID | S_ISGID)) != 0 && !options().privileged_attributes) {
    return FsStatus::Refused(EPERM, Refusal::kAttribute);
  }
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kMknod).first.rights);
  if (!entry.ok()) return entry.status();
  return Done(mknodat(entry->directory.get(), entry->last.c_str(),
                      type | (mode & 07777), device));
}

FsStatus GuardedFs::Symlink(absl::string_view target, const At& at) const {
  if (target.empty()) return Invalid(ENOENT);
  if (target.find('\0') != target.npos) return Invalid(EINVAL);
  if (target.size() > kMaxPathBytes) return Invalid(ENAMETOOLONG);
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kSymlink).first.rights);
  if (!entry.ok()) return entry.status();
  return Done(symlinkat(std::string(target).c_str(), entry->directory.get(),
                        entry->last.c_str()));
}

FsStatus GuardedFs::Link(const At& from, const At& to) const {
  const OperationRow& row = RowOf(Operation::kLink);
  const FsResult<ResolvedEntry> source =
      resolver_->ResolveParent(from, row.first.rights);
  if (!source.ok()) return source.status();
  const FsResult<ResolvedEntry> made =
      resolver_->ResolveParent(to, row.second.rights);
  if (!made.ok()) return FsStatus(made.status()).At(1);
  FsStatus status = JudgeMoved(*resolver_, *source, Look(*source));
  if (!status.ok()) return status;
  status = JudgeMove(*resolver_, *source, *made, /*is_directory=*/false);
  if (!status.ok()) return std::move(status).At(1);
  // Never a directory: the kernel links none (link(2), EPERM).
  return Done(linkat(source->directory.get(), source->last.c_str(),
                     made->directory.get(), made->last.c_str(), 0));
}

FsStatus GuardedFs::Move(Operation operation, const At& from, const At& to,
                         unsigned flags) const {
  const OperationRow& row = RowOf(operation);
  const FsResult<ResolvedEntry> source =
      resolver_->ResolveParent(from, row.first.rights);
  if (!source.ok()) return source.status();
  const FsResult<ResolvedEntry> target =
      resolver_->ResolveParent(to, row.second.rights);
  if (!target.ok()) return FsStatus(target.status()).At(1);
  std::lock_guard<std::mutex> lock(naming_);
  const Seen moved = Look(*source);
  const Seen replaced = Look(*target);
  FsStatus status = JudgeMoved(*resolver_, *source, moved);
  if (status.ok()) {
    status = JudgeMove(*resolver_, *source, *target, moved.is_directory());
  }
  if (status.ok()) status = JudgeReplaced(*resolver_, *source);
  if (!status.ok()) return status;
  if ((flags & RENAME_EXCHANGE) != 0) {
    status = JudgeMoved(*resolver_, *target, replaced);
    if (status.ok()) {
      status = JudgeMove(*resolver_, *target, *source, replaced.is_directory());
    }
  }
  if (status.ok()) status = JudgeReplaced(*resolver_, *target);
  if (!status.ok()) return std::move(status).At(1);
  return Done(syscall(SYS_renameat2, source->directory.get(),
                      source->last.c_str(), target->directory.get(),
                      target->last.c_str(), flags));
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

FsStatus GuardedFs::Unlink(const At& at) const {
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kUnlink).first.rights);
  if (!entry.ok()) return entry.status();
  FsStatus status = JudgeReplaced(*resolver_, *entry);
  if (!status.ok()) return status;
  return Done(unlinkat(entry->directory.get(), entry->last.c_str(), 0));
}

FsStatus GuardedFs::Rmdir(const At& at) const {
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kRmdir).first.rights);
  if (!entry.ok()) return entry.status();
  FsStatus status = JudgeReplaced(*resolver_, *entry);
  if (!status.ok()) return status;
  return Done(
      unlinkat(entry->directory.get(), entry->last.c_str(), AT_REMOVEDIR));
}

FsStatus GuardedFs::RemoveAll(const At& at) const {
  const FsResult<ResolvedEntry> entry =
      resolver_->ResolveParent(at, RowOf(Operation::kRemoveAll).first.rights);
  if (!entry.ok()) return entry.status();
  FsStatus status = JudgeReplaced(*resolver_, *entry);
  if (!status.ok()) return status;
  const Seen seen = Look(*entry);
  if (seen.error != 0) return FsStatus::Error(seen.error);
  if (!seen.is_directory()) {
    return Done(unlinkat(entry->directory.get(), entry->last.c_str(), 0));
  }
  Removal removal(*resolver_, entry->canonical);
  status = removal.Check();
  if (status.ok()) status = removal.Run();
  if (!status.ok()) return status;
  return Done(
      unlinkat(entry->directory.get(), entry->last.c_str(), AT_REMOVEDIR));
}

}  // namespace fs
}  // namespace postern
