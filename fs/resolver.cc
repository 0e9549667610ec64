#include "fs/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {
namespace {

// Components of a name that openat2(2) walks through so fast that nobody has
// been seen to move them meanwhile. Of longer names, and of those that are
// walked by steps, procfs is asked afterwards what the object is called.
constexpr size_t kMaxSwiftComponents = 16;
// Descriptors kept so that no lock is lost. Only who changes names in the very
// moment gets beyond the few that threads can have in flight.
constexpr size_t kMaxParked = 64;

// Ends an attempt with an object.
Attempt DoneWith(FileDescriptor fd, const Target& target,
                 const Findings& findings, const FileIdentity& identity,
                 FsResult<Handle>* result) {
  result->Emplace(std::move(fd), target.request.rights,
                  std::string(target.name), findings, identity);
  return Attempt::kDone;
}

}  // namespace

Resolver::Resolver(std::shared_ptr<PathMonitor> monitor,
                   std::unique_ptr<const Kernel> kernel,
                   GuardedFsOptions options, MountTable mounts)
    : monitor_(std::move(monitor)),
      kernel_(std::move(kernel)),
      options_(std::move(options)),
      naming_(options_.naming != nullptr ? options_.naming
                                         : std::make_shared<ForkMutex>()),
      judge_(*monitor_, *kernel_, options_, std::move(mounts)) {
  // So that a child of fork(2) never finds them half moved.
  parked_.reserve(kMaxParked);
}

Resolver::~Resolver() = default;

absl::StatusOr<std::unique_ptr<const Resolver>> Resolver::Create(
    std::shared_ptr<PathMonitor> monitor, std::unique_ptr<const Kernel> kernel,
    GuardedFsOptions options) {
  absl::StatusOr<MountTable> mounts = MountTable();
  if (kernel->has_procfs()) mounts = MountTable::Read();
  if (!mounts.ok()) return mounts.status();
  std::unique_ptr<Resolver> resolver(
      new Resolver(std::move(monitor), std::move(kernel), std::move(options),
                   *std::move(mounts)));
  const int error = resolver->FindStartMounts();
  if (IsShortage(error)) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "cannot look where relative names start: ", strerror(error)));
  }
  return std::unique_ptr<const Resolver>(std::move(resolver));
}

int Resolver::FindStartMounts() {
  const auto find = [&](absl::string_view name, uint64_t* id) {
    const CanonicalName found =
        FindCanonicalName(*kernel_, name, LastLink::kFollow);
    if (found.error != 0) return found.error;
    const Opened opened = kernel_->Open(found.path, O_PATH);
    ObjectInfo info;
    const int error = opened.error != 0
                          ? opened.error
                          : kernel_->Inspect(opened.fd.get(), &info);
    if (error == 0) *id = info.mount_id();
    return error;
  };
  const int error = find("/", &root_mount_);
  if (error != 0 || options_.base_directory.empty()) return error;
  return find(options_.base_directory, &base_mount_);
}

void Resolver::Park(FileDescriptor fd) const {
  look_first_.store(true, std::memory_order_relaxed);
  std::lock_guard<ForkMutex> lock(mutex_);
  if (parked_.size() < kMaxParked) parked_.push_back(std::move(fd));
}

FsStatus Resolver::NameOfBase(const Handle& base, AskedName* asked) const {
  ObjectInfo own, named;
  if (kernel_->Inspect(base.fd(), &own) != 0) return FsStatus::Invalid(EBADF);
  if (!S_ISDIR(own.mode())) return FsStatus::Error(ENOTDIR);
  asked->start_mount = own.mount_id();
  std::string name = base.name();
  for (int i = 0; i < 2; ++i) {
    const Opened opened = kernel_->Open(name, O_PATH | O_DIRECTORY);
    if (opened.error == 0 && kernel_->Inspect(opened.fd.get(), &named) == 0 &&
        named.SameAs(own)) {
      memcpy(asked->buffer, name.data(), name.size());
      asked->name = absl::string_view(asked->buffer, name.size());
      return FsStatus();
    }
    // It was moved since.
    if (kernel_->ProposeName(base.fd(), &name) != 0 || name.empty() ||
        name[0] != '/' || name.size() > kMaxPathBytes) {
      break;
    }
  }
  return FsStatus::Refused(ENOENT, Refusal::kUnenforceable);
}

FsStatus Resolver::MakeAbsolute(const At& at, Rights rights,
                                AskedName* asked) const {
  if (rights.empty()) return FsStatus::Invalid(EINVAL);
  asked->given = at.path;
  if (at.path.empty()) return FsStatus::Invalid(ENOENT);
  if (at.path.size() > kMaxPathBytes) return FsStatus::Invalid(ENAMETOOLONG);
  if (at.path[0] == '/') {
    asked->name = at.path;
  } else {
    if (at.base != nullptr) {
      FsStatus status = NameOfBase(*at.base, asked);
      if (!status.ok()) return status;
    } else {
      const std::string& base = options_.base_directory;
      if (base.empty() || base[0] != '/') return FsStatus::Invalid(EINVAL);
      if (base.size() > kMaxPathBytes) return FsStatus::Invalid(ENAMETOOLONG);
      memcpy(asked->buffer, base.data(), base.size());
      asked->name = absl::string_view(asked->buffer, base.size());
    }
    size_t size = asked->name.size();
    if (size + 1 + at.path.size() > kMaxPathBytes) {
      return FsStatus::Invalid(ENAMETOOLONG);
    }
    if (asked->buffer[size - 1] != '/') asked->buffer[size++] = '/';
    memcpy(asked->buffer + size, at.path.data(), at.path.size());
    asked->name = absl::string_view(asked->buffer, size + at.path.size());
  }
  if (!ReadShape(asked->name, &asked->shape)) return FsStatus::Invalid(EINVAL);
  if (!asked->shape.normal) {
    asked->normal = NormalPath("", asked->name);
  }
  if (asked->start_mount == 0) {
    asked->start_mount = at.path[0] == '/' ? root_mount_ : base_mount_;
  }
  if (options_.no_cross_mount && asked->start_mount == 0) {
    return FsStatus::Refused(EXDEV, Refusal::kUnenforceable);
  }
  return FsStatus();
}

FsStatus Resolver::Decide(Rights rights, absl::string_view name,
                          absl::string_view asked, const Verdict& checked,
                          OneCall* call) const {
  Verdict verdict = checked;
  if (checked.acts && call->foresees) {
    call->acts = true;
    verdict.allowed = checked.allowed || checked.asks;
  } else if (checked.acts) {
    verdict = monitor_->EnforceIn(&call->kept, rights, name, asked);
  }
  return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, name);
}

FsStatus Resolver::Decide(Rights rights, absl::string_view name,
                          absl::string_view asked, OneCall* call) const {
  return Decide(rights, name, asked, Check(rights, name, *call), call);
}

FsStatus Resolver::LeadsNowhere(const AskedName& asked, Rights rights,
                                absl::string_view name, int error) const {
  FsStatus status = Decide(rights, name, asked.given, asked.call);
  return status.ok() ? FsStatus::Error(error) : status;
}

// Of an object that is there, its file system may know another spelling, which
// procfs proposes.
bool Resolver::PassesNoLink(const AskedName& asked, absl::string_view name,
                            int flags) const {
  if (!kernel_->has_openat2()) return false;
  const Opened opened = kernel_->Open(name, O_PATH | flags);
  ObjectInfo info;
  absl::string_view place;
  if (opened.by_steps || opened.error == ELOOP || IsShortage(opened.error)) {
    return false;
  }
  return opened.error != 0 ||
         (kernel_->Inspect(opened.fd.get(), &info) == 0 &&
          !judge_.MayFold(asked.decided(), opened.fd.get(), info, &place));
}

// Whether something is to be asked, or is known to need a closer look, before
// the object is opened.
bool Resolver::MustLookFirst(const Target& target) const {
  return target.verdict.acts || target.request.tell_created ||
         look_first_.load(std::memory_order_relaxed) ||
         (target.mount != nullptr && target.mount->may_fold_names);
}

// None while a name is being made, moved or removed.
KnownNames::Key Resolver::KeyOf(absl::string_view name) const {
  const uint64_t turn = naming_->turn();
  return turn % 2 == 0 ? known_names_.KeyOf(name, turn) : KnownNames::Key();
}

bool Resolver::HasName(const Target& target, const Opened& opened) const {
  if (!opened.by_steps && CountSlashes(target.bytes) <= kMaxSwiftComponents) {
    return true;
  }
  std::string name;
  return kernel_->ProposeName(opened.fd.get(), &name) != 0 ||
         name == target.name;
}

Opened Resolver::OpenBytes(const Target& target, int flags) const {
  return target.steps_back ? kernel_->OpenSteppingBack(target.bytes, flags)
                           : kernel_->Open(target.bytes, flags);
}

Attempt Resolver::OpenAtOnce(const Target& target, KnownNames::Key key,
                             FsResult<Handle>* result) const {
  const ObjectRequest& request = target.request;
  Opened opened;
  if (request.create) {
    FsStatus status =
        OpenToCreate(target, request.exclusive ? O_EXCL : 0, &opened);
    if (!status.ok()) return Done(std::move(status), result);
    if (opened.error != 0) return Failed(opened.error, result);
  } else {
    opened = OpenBytes(target, request.flags);
    if (opened.error == ELOOP && !target.steps_back) {
      known_names_.Note(key, KnownNames::Kind::kPassesLink);
    }
    // Where a ".." fails, only a proposal knows what is to be decided.
    if (opened.error != 0 && target.steps_back) return Attempt::kLinkOnWay;
    if (opened.error != 0) return Failed(opened.error, result);
  }
  FileIdentity identity;
  Findings findings;
  findings.created = request.exclusive;
  if (judge_.MustInspect(target)) {
    ObjectInfo info;
    const int error = kernel_->Inspect(opened.fd.get(), &info);
    if (error != 0) return Done(FsStatus::Error(error), result);
    FsStatus status = judge_.Judge(target, opened.fd.get(), info, &findings);
    if (!status.ok()) {
      if ((request.flags & O_PATH) == 0) Park(std::move(opened.fd));
      return Done(std::move(status), result);
    }
    if (target.proposal != nullptr && target.proposal->known &&
        !info.SameAs(target.proposal->info)) {
      return Attempt::kRaced;
    }
    if (!findings.hard_linked &&
        Kinds::RegularAndDirectory().Contains(info.mode())) {
      known_names_.Note(key, KnownNames::Kind::kPlain);
    }
    // The table is older than this mount.
    if (target.mount != nullptr && info.mount_id() != target.mount->id) {
      look_first_.store(true, std::memory_order_relaxed);
    }
    identity = info.identity();
  }
  if (!HasName(target, opened)) {
    if ((request.flags & O_PATH) == 0) Park(std::move(opened.fd));
    return Attempt::kRaced;
  }
  return DoneWith(std::move(opened.fd), target, findings, identity, result);
}

Attempt Resolver::OpenKnownAsPlain(const Target& target, KnownNames::Key key,
                                   FsResult<Handle>* result) const {
  const Attempt attempt = OpenAtOnce(target, key, result);
  if ((attempt == Attempt::kDone && result->ok()) ||
      !judge_.IsDisturbing(target)) {
    return attempt;
  }
  look_first_.store(true, std::memory_order_relaxed);
  return LookThenOpen(target, result);
}

Attempt Resolver::LookThenOpen(const Target& target,
                               FsResult<Handle>* result) const {
  const ObjectRequest& request = target.request;
  const int look = O_PATH | (request.flags & (O_DIRECTORY | O_NOFOLLOW));
  Opened seen = OpenBytes(target, look);
  if (seen.error == ELOOP || (seen.error != 0 && target.steps_back)) {
    return Attempt::kLinkOnWay;
  }
  ObjectInfo info = {};
  if (seen.error == 0) {
    const int error = kernel_->Inspect(seen.fd.get(), &info);
    if (error != 0) return Done(FsStatus::Error(error), result);
    if (S_ISLNK(info.mode()) && !WantsLink(request.flags)) {
      return Attempt::kLinkOnWay;
    }
    if (target.proposal != nullptr && target.proposal->known &&
        !info.SameAs(target.proposal->info)) {
      return Attempt::kRaced;
    }
  }
  FsStatus status = Decide(request.rights, target.name, target.asked.given,
                           target.verdict, target.asked.call);
  if (!status.ok()) return Done(std::move(status), result);
  if (seen.error == ENOENT && request.create) return CreateNew(target, result);
  if (seen.error != 0) return Done(FsStatus::Error(seen.error), result);
  Findings findings;
  status = judge_.Judge(target, seen.fd.get(), info, &findings);
  if (!status.ok()) return Done(std::move(status), result);
  if (request.exclusive) return Done(FsStatus::Error(EEXIST), result);
  if (!HasName(target, seen)) return Attempt::kRaced;
  if ((request.flags & O_PATH) == 0) {
    const FileDescriptor held = std::move(seen.fd);
    const Attempt attempt = OpenSame(target, held.get(), info, &seen);
    if (attempt != Attempt::kDone) return attempt;
    if (seen.error != 0) return Failed(seen.error, result);
  }
  return DoneWith(std::move(seen.fd), target, findings, info.identity(),
                  result);
}

// Opens what was looked at: that very object where procfs can do it, else by
// its name, unless that leads to another one by now.
Attempt Resolver::OpenSame(const Target& target, int seen,
                           const ObjectInfo& info, Opened* opened) const {
  *opened = kernel_->Reopen(seen, target.request.flags);
  const bool by_name = opened->error == ENOSYS || opened->error == ENOENT;
  if (by_name) {
    std::lock_guard<ForkMutex> lock(mutex_);
    // Half of the places are for opens that are under way.
    if (parked_.size() >= kMaxParked / 2) return Attempt::kRaced;
  }
  if (by_name) {
    *opened = OpenBytes(target, target.request.flags | O_NOFOLLOW);
    if (opened->error == ENOENT || opened->error == ELOOP ||
        (opened->error == EAGAIN && target.steps_back)) {
      return Attempt::kRaced;
    }
  }
  if (opened->error != 0) return Attempt::kDone;
  ObjectInfo now = {};
  const int error = kernel_->Inspect(opened->fd.get(), &now);
  if (error == 0 && now.SameAs(info)) return Attempt::kDone;
  Findings findings;
  if (!judge_.Judge(target, opened->fd.get(), now, &findings).ok()) {
    Park(std::move(opened->fd));
  }
  *opened = Opened::Error(error);
  return error != 0 ? Attempt::kDone : Attempt::kRaced;
}

Attempt Resolver::CreateNew(const Target& target,
                            FsResult<Handle>* result) const {
  const ObjectRequest& request = target.request;
  Opened opened;
  FsStatus status = OpenToCreate(target, O_EXCL, &opened);
  if (!status.ok()) return Done(std::move(status), result);
  if (opened.error == EEXIST && !request.exclusive) return Attempt::kRaced;
  if (opened.error != 0) return Failed(opened.error, result);
  ObjectInfo info = {};
  const int error = kernel_->Inspect(opened.fd.get(), &info);
  if (error != 0) return Done(FsStatus::Error(error), result);
  // Its mount may be younger than the table.
  if (!DirectoryMatters(target) &&
      !judge_.IsSpelledRight(target.name, opened.fd.get(), info)) {
    return Done(FsStatus::Error(ENOENT), result);
  }
  if (!HasName(target, opened)) {
    Park(std::move(opened.fd));
    return Attempt::kRaced;
  }
  Findings findings;
  findings.inspected = findings.created = true;
  findings.crossed_mount = target.asked.start_mount != 0 &&
                           info.mount_id() != target.asked.start_mount;
  return DoneWith(std::move(opened.fd), target, findings, info.identity(),
                  result);
}

FsStatus Resolver::OpenToCreate(const Target& target, int flags,
                                Opened* opened) const {
  const ObjectRequest& request = target.request;
  flags |= request.flags | O_CREAT | O_NOFOLLOW;
  const Cut cut = CutLast(target.name);
  // Nothing can be made of a name that ends in a dot.
  if (!DirectoryMatters(target) || CutLast(target.bytes).entry == ".") {
    *opened = kernel_->Open(target.bytes, flags, request.mode);
  } else {
    // In the very directory that is judged, whatever has its name by then.
    const Opened directory = kernel_->Open(cut.directory, O_PATH | O_DIRECTORY);
    if (directory.error != 0) {
      *opened = Opened::Error(directory.error);
      return FsStatus();
    }
    FsStatus status = judge_.JudgeDirectory(target, directory.fd.get());
    if (!status.ok()) return status;
    *opened =
        Kernel::OpenEntry(directory.fd.get(), cut.entry, flags, request.mode);
    opened->by_steps = directory.by_steps;
  }
  return FsStatus();
}

bool Resolver::DirectoryMatters(const Target& target) const {
  return look_first_.load(std::memory_order_relaxed) ||
         judge_.DirectoryMatters(target);
}

Attempt Resolver::OpenTarget(const Target& target,
                             FsResult<Handle>* result) const {
  if (MustLookFirst(target)) return LookThenOpen(target, result);
  if (!judge_.MightDisturb(target)) {
    return OpenAtOnce(target, KnownNames::Key(), result);
  }
  if (!options_.remember_plain_names) return LookThenOpen(target, result);
  const KnownNames::Key key = KeyOf(target.bytes);
  switch (known_names_.Find(key)) {
    case KnownNames::Kind::kPlain:
      // A proposal was looked at just now, which is the better knowledge.
      if (target.proposal == nullptr || !target.proposal->known) {
        return OpenKnownAsPlain(target, key, result);
      }
      break;
    case KnownNames::Kind::kPassesLink:
      // Of a name as it was asked, which a proposal takes over from here. The
      // proposal may be this very name by now, and so may what is missing.
      if (target.proposal == nullptr && !target.request.create) {
        return Attempt::kLinkOnWay;
      }
      break;
    case KnownNames::Kind::kUnknown:
      break;
  }
  return judge_.IsDisturbing(target) ? LookThenOpen(target, result)
                                     : OpenAtOnce(target, key, result);
}

FsResult<Handle> Resolver::ResolveObject(const At& at,
                                         const ObjectRequest& request,
                                         OneCall* call) const {
  FsResult<Handle> result((FsStatus()));
  AskedName asked;
  asked.call = call;
  FsStatus status = MakeAbsolute(at, request.rights, &asked);
  if (!status.ok()) {
    result = std::move(status);
    return result;
  }
  for (int i = 0; i < kMaxChanges; ++i) {
    Attempt attempt = OpenAsAsked(asked, request, &result);
    if (attempt == Attempt::kLinkOnWay) {
      attempt = OpenByProposal(asked, request, &result);
    }
    if (attempt == Attempt::kDone) return result;
  }
  result = FsStatus::Refused(EAGAIN, Refusal::kChanged);
  return result;
}

// What a proposal has to say ends with a link on the way.
Attempt Resolver::OpenAsAsked(const AskedName& asked,
                              const ObjectRequest& request,
                              FsResult<Handle>* result) const {
  const bool steps_back = asked.shape.steps_back;
  // To create, the proposals know where something is missing.
  if (request.create ? steps_back || EndsInSlashes(asked.name)
                     : asked.decided().empty()) {
    return Attempt::kLinkOnWay;
  }
  const Target target = {asked.decided(),
                         asked.name,
                         asked,
                         request,
                         Check(request.rights, asked.decided(), *asked.call),
                         nullptr,
                         judge_.MountOf(asked.decided(), request),
                         steps_back};
  if (target.verdict.allowed || target.verdict.acts) {
    return OpenTarget(target, result);
  }
  const int look = LookFlags(request.flags, request.last);
  return !steps_back && PassesNoLink(asked, asked.name, look)
             ? Done(FsStatus::Denied(target.verdict, asked.decided()), result)
             : Attempt::kLinkOnWay;
}

}  // namespace fs
}  // namespace postern
