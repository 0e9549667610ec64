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
#include "fs/spelled_name.h"

namespace postern {
namespace fs {
namespace {

// In place of an errno: the name led elsewhere meanwhile.
constexpr int kRaced = 1 << 20;
// Components of a name that openat2(2) walks through so fast that nobody has
// been seen to move them meanwhile. Of longer names, and of those that are
// walked by steps, procfs is asked afterwards what the object is called.
constexpr size_t kMaxSwiftComponents = 16;
// Descriptors kept so that no lock is lost. Only who changes names in the very
// moment gets beyond the few that threads can have in flight.
constexpr size_t kMaxParked = 64;

// Those of a request's flags that say what is found, besides O_PATH.
int LookFlags(int flags, LastLink last) {
  return (flags & O_DIRECTORY) | (last == LastLink::kNoFollow ? O_NOFOLLOW : 0);
}

// The answer of a look-up that would say too much about what is there.
FsStatus TooFewDescriptors() {
  return FsStatus::Refused(EMFILE, Refusal::kUnenforceable);
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
    const int error =
        opened.error != 0 ? opened.error : Inspect(opened.fd.get(), &info);
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
  if (Inspect(base.fd(), &own) != 0) return FsStatus::Invalid(EBADF);
  if (!S_ISDIR(own.mode())) return FsStatus::Error(ENOTDIR);
  asked->start_mount = own.mount_id();
  std::string name = base.name();
  for (int i = 0; i < 2; ++i) {
    const Opened opened = kernel_->Open(name, O_PATH | O_DIRECTORY);
    if (opened.error == 0 && Inspect(opened.fd.get(), &named) == 0 &&
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

bool Resolver::CanWalk() const {
  return kernel_->has_openat2() || kernel_->HasSpareDescriptors();
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
         (Inspect(opened.fd.get(), &info) == 0 &&
          !judge_.MayFold(asked.decided(), opened.fd.get(), info, &place));
}

FsStatus Resolver::JudgeLinks(absl::string_view name, LastLink last,
                              Rights rights) const {
  if (!monitor_->Conceals()) return FsStatus();
  if (!CanWalk()) return TooFewDescriptors();
  const CanonicalName found = FindCanonicalName(*kernel_, name, last);
  if (IsShortage(found.error)) return TooFewDescriptors();
  for (const PassedLink& link : found.links) {
    const Verdict verdict = monitor_->CheckLink(rights, link.location);
    if (!verdict.allowed) return FsStatus::Denied(verdict, link.location);
  }
  return FsStatus();
}

FsStatus Resolver::ProposeByWalk(absl::string_view name, LastLink last,
                                 int error, Proposal* proposal) const {
  if (!CanWalk()) return TooFewDescriptors();
  CanonicalName found = FindCanonicalName(*kernel_, name, last);
  if (IsShortage(found.error)) return TooFewDescriptors();
  proposal->name = std::move(found.path);
  proposal->known = false;
  // Where both differ somebody is at work, or the kernel knows a reason more.
  proposal->error = found.error != 0 ? found.error : error;
  return FsStatus();
}

FsStatus Resolver::Propose(absl::string_view name, int flags, LastLink last,
                           Proposal* proposal) const {
  proposal->error = 0;
  const Opened opened =
      kernel_->has_procfs()
          ? kernel_->OpenFollowing(name, LookFlags(flags, last))
          : Opened::Error(ENOSYS);
  if (opened.error != 0) {
    // EAGAIN: renames anywhere on the machine keep disturbing the "..".
    const bool no_answer = opened.error == ENOSYS || opened.error == EPERM ||
                           opened.error == EAGAIN || IsShortage(opened.error);
    return ProposeByWalk(name, last, no_answer ? 0 : opened.error, proposal);
  }
  // One that was removed may still have a name, as a mount's directory.
  if (Inspect(opened.fd.get(), &proposal->info) != 0 ||
      proposal->info.raw.stx_nlink == 0) {
    return ProposeByWalk(name, last, 0, proposal);
  }
  const int error = kernel_->ProposeName(opened.fd.get(), &proposal->name);
  if (error != 0) return ProposeByWalk(name, last, 0, proposal);
  if (proposal->name.empty() || proposal->name[0] != '/') {
    return FsStatus::Refused(EACCES, Refusal::kUnenforceable);
  }
  proposal->known = true;
  return FsStatus();
}

// Whether something is to be asked, or is known to need a closer look, before
// the object is opened.
bool Resolver::MustLookFirst(const Target& target) const {
  return target.verdict.acts || target.request.tell_created ||
         look_first_.load(std::memory_order_relaxed) ||
         (target.mount != nullptr && target.mount->may_fold_names);
}

// None while a name is being made, moved or removed.
KnownNames::Key Resolver::KeyOf(const Target& target) const {
  const uint64_t turn = naming_->turn();
  return options_.remember_plain_names && turn % 2 == 0
             ? known_names_.KeyOf(target.bytes, turn)
             : KnownNames::Key();
}

bool Resolver::HasName(const Target& target, const Opened& opened) const {
  const bool swift =
      !opened.by_steps && CountSlashes(target.bytes) <= kMaxSwiftComponents;
  std::string name;
  return swift || kernel_->ProposeName(opened.fd.get(), &name) != 0 ||
         name == target.name;
}

Opened Resolver::OpenBytes(const Target& target, int flags) const {
  return target.steps_back ? kernel_->OpenSteppingBack(target.bytes, flags)
                           : kernel_->Open(target.bytes, flags);
}

FsResult<Handle> Resolver::OpenAtOnce(const Target& target,
                                      KnownNames::Key key) const {
  const ObjectRequest& request = target.request;
  Opened opened;
  if (request.create) {
    FsStatus status =
        OpenToCreate(target, request.exclusive ? O_EXCL : 0, &opened);
    if (!status.ok()) return status;
  } else {
    opened = OpenBytes(target, request.flags);
    if (opened.error == ELOOP && !target.steps_back) {
      known_names_.Note(key, KnownNames::Kind::kPassesLink);
    }
    // Where a ".." fails, only a proposal knows what is to be decided.
    if (opened.error != 0 && target.steps_back) return FsStatus::Error(ELOOP);
    if (opened.error != 0) return FsStatus::Error(opened.error);
  }
  ObjectInfo info = {};
  Findings findings;
  findings.created = request.exclusive;
  if (judge_.MustInspect(target)) {
    const int error = Inspect(opened.fd.get(), &info);
    if (error != 0) return FsStatus::Error(error);
    FsStatus status = judge_.Judge(target, opened.fd.get(), info, &findings);
    if (!status.ok()) {
      if ((request.flags & O_PATH) == 0) Park(std::move(opened.fd));
      return status;
    }
    if (target.proposal != nullptr && target.proposal->known &&
        !info.SameAs(target.proposal->info)) {
      return FsStatus::Error(kRaced);
    }
    if (!findings.hard_linked &&
        Kinds::RegularAndDirectory().Contains(info.mode())) {
      known_names_.Note(key, KnownNames::Kind::kPlain);
    }
    // The table is older than this mount.
    if (target.mount != nullptr && info.mount_id() != target.mount->id) {
      look_first_.store(true, std::memory_order_relaxed);
    }
  }
  if (!HasName(target, opened)) {
    if ((request.flags & O_PATH) == 0) Park(std::move(opened.fd));
    return FsStatus::Error(kRaced);
  }
  return Handle(std::move(opened.fd), request.rights, std::string(target.name),
                findings,
                findings.inspected ? info.identity() : FileIdentity());
}

FsResult<Handle> Resolver::LookThenOpen(const Target& target) const {
  const ObjectRequest& request = target.request;
  const int look = O_PATH | (request.flags & (O_DIRECTORY | O_NOFOLLOW));
  Opened seen = OpenBytes(target, look);
  if (seen.error == ELOOP || (seen.error != 0 && target.steps_back)) {
    return FsStatus::Error(ELOOP);
  }
  ObjectInfo info = {};
  if (seen.error == 0) {
    const int error = Inspect(seen.fd.get(), &info);
    if (error != 0) return FsStatus::Error(error);
    if (S_ISLNK(info.mode()) && !WantsLink(request.flags)) {
      return FsStatus::Error(ELOOP);
    }
    if (target.proposal != nullptr && target.proposal->known &&
        !info.SameAs(target.proposal->info)) {
      return FsStatus::Error(kRaced);
    }
  }
  FsStatus status = Decide(request.rights, target.name, target.asked.given,
                           target.verdict, target.asked.call);
  if (!status.ok()) return status;
  if (seen.error == ENOENT && request.create) return CreateNew(target);
  if (seen.error != 0) return FsStatus::Error(seen.error);
  Findings findings;
  status = judge_.Judge(target, seen.fd.get(), info, &findings);
  if (!status.ok()) return status;
  if (request.exclusive) return FsStatus::Error(EEXIST);
  if (!HasName(target, seen)) return FsStatus::Error(kRaced);
  if ((request.flags & O_PATH) == 0) {
    Opened opened = OpenSame(target, seen.fd.get(), info);
    if (opened.error != 0) return FsStatus::Error(opened.error);
    seen = std::move(opened);
  }
  return Handle(std::move(seen.fd), request.rights, std::string(target.name),
                findings, info.identity());
}

// Opens what was looked at: that very object where procfs can do it, else by
// its name, and kRaced if that leads to another one by now.
Opened Resolver::OpenSame(const Target& target, int seen,
                          const ObjectInfo& info) const {
  Opened opened = kernel_->Reopen(seen, target.request.flags);
  const bool by_name = opened.error == ENOSYS || opened.error == ENOENT;
  if (by_name) {
    std::lock_guard<ForkMutex> lock(mutex_);
    // Half of the places are for opens that are under way.
    if (parked_.size() >= kMaxParked / 2) return Opened::Error(kRaced);
  }
  if (by_name) {
    opened = OpenBytes(target, target.request.flags | O_NOFOLLOW);
    if (opened.error == ENOENT || opened.error == ELOOP ||
        (opened.error == EAGAIN && target.steps_back)) {
      return Opened::Error(kRaced);
    }
  }
  if (opened.error != 0) return opened;
  ObjectInfo now = {};
  const int error = Inspect(opened.fd.get(), &now);
  if (error == 0 && now.SameAs(info)) return opened;
  Findings findings;
  if (!judge_.Judge(target, opened.fd.get(), now, &findings).ok()) {
    Park(std::move(opened.fd));
  }
  return Opened::Error(error != 0 ? error : kRaced);
}

FsResult<Handle> Resolver::CreateNew(const Target& target) const {
  const ObjectRequest& request = target.request;
  Opened opened;
  FsStatus status = OpenToCreate(target, O_EXCL, &opened);
  if (status.error_number == EEXIST && !status.denied() && !request.exclusive) {
    return FsStatus::Error(kRaced);
  }
  if (!status.ok()) return status;
  ObjectInfo info = {};
  const int error = Inspect(opened.fd.get(), &info);
  if (error != 0) return FsStatus::Error(error);
  // Its mount may be younger than the table.
  if (!DirectoryMatters(target) &&
      !judge_.IsSpelledRight(target.name, opened.fd.get(), info)) {
    return FsStatus::Error(ENOENT);
  }
  Findings findings;
  findings.inspected = findings.created = true;
  findings.crossed_mount = target.asked.start_mount != 0 &&
                           info.mount_id() != target.asked.start_mount;
  return Handle(std::move(opened.fd), request.rights, std::string(target.name),
                findings, info.identity());
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
    if (directory.error != 0) return FsStatus::Error(directory.error);
    FsStatus status = judge_.JudgeDirectory(target, directory.fd.get());
    if (!status.ok()) return status;
    *opened =
        Kernel::OpenEntry(directory.fd.get(), cut.entry, flags, request.mode);
    opened->by_steps = directory.by_steps;
  }
  return opened->error == 0 ? FsStatus() : FsStatus::Error(opened->error);
}

bool Resolver::DirectoryMatters(const Target& target) const {
  return look_first_.load(std::memory_order_relaxed) ||
         judge_.DirectoryMatters(target);
}

FsResult<Handle> Resolver::OpenTarget(const Target& target) const {
  if (MustLookFirst(target)) return LookThenOpen(target);
  if (!judge_.MightDisturb(target))
    return OpenAtOnce(target, KnownNames::Key());
  const KnownNames::Key key = KeyOf(target);
  switch (known_names_.Find(key)) {
    case KnownNames::Kind::kPlain:
      return OpenAtOnce(target, key);
    case KnownNames::Kind::kPassesLink:
      // Of a name as it was asked, which a proposal takes over from here. The
      // proposal may be this very name by now, and so may what is missing.
      if (target.proposal == nullptr && !target.request.create) {
        return FsStatus::Error(ELOOP);
      }
      break;
    case KnownNames::Kind::kUnknown:
      break;
  }
  return judge_.IsDisturbing(target) ? LookThenOpen(target)
                                     : OpenAtOnce(target, key);
}

FsResult<Handle> Resolver::OpenByProposal(const AskedName& asked,
                                          const ObjectRequest& request) const {
  Proposal proposal;
  FsStatus status = JudgeLinks(asked.name, request.last, request.rights);
  if (!status.ok()) return status;
  status = Propose(asked.name, request.flags, request.last, &proposal);
  if (!status.ok()) return status;
  if (proposal.error == kRaced) return FsStatus::Error(kRaced);
  if (request.create &&
      (proposal.error == ENOENT || EndsInSlashes(asked.name))) {
    return CreateByProposal(asked, request, proposal.name);
  }
  if (proposal.error != 0) {
    return LeadsNowhere(asked, request.rights, proposal.name, proposal.error);
  }
  ObjectRequest existing = request;
  existing.create = existing.exclusive = false;
  const Target target = {proposal.name,
                         proposal.name,
                         asked,
                         existing,
                         Check(request.rights, proposal.name, *asked.call),
                         &proposal,
                         judge_.MountOf(proposal.name, existing)};
  if (!target.verdict.allowed && !target.verdict.acts) {
    return FsStatus::Denied(target.verdict, proposal.name);
  }
  if (request.exclusive) {
    return LeadsNowhere(asked, request.rights, proposal.name, EEXIST);
  }
  const bool is_link = proposal.known && S_ISLNK(proposal.info.mode());
  if (is_link && !WantsLink(request.flags)) {
    return LeadsNowhere(asked, request.rights, proposal.name, ELOOP);
  }
  FsResult<Handle> result = OpenTarget(target);
  if (result.status().error_number != ELOOP || result.status().denied()) {
    return result;
  }
  // A link where none was: somebody put it there, or no link may end a name,
  // which only those who are granted the link may hear.
  return request.last == LastLink::kFollow
             ? FsStatus::Error(kRaced)
             : LeadsNowhere(asked, request.rights, proposal.name, ELOOP);
}

FsResult<Handle> Resolver::CreateByProposal(const AskedName& asked,
                                            const ObjectRequest& request,
                                            absl::string_view missing) const {
  const Cut cut = CutLast(asked.name);
  Proposal parent;
  FsStatus status =
      Propose(cut.directory, O_DIRECTORY, LastLink::kFollow, &parent);
  if (!status.ok()) return status;
  if (parent.error == kRaced) return FsStatus::Error(kRaced);
  if (parent.error != 0) {
    return LeadsNowhere(asked, request.rights, missing, parent.error);
  }
  if (cut.entry == "." || cut.entry == "..") {
    return FsStatus::Error(kRaced);  // it was missing a moment ago
  }
  const std::string name = Join(parent.name, cut.entry);
  if (name.size() > kMaxPathBytes) return FsStatus::Invalid(ENAMETOOLONG);
  if (!cut.slashes.empty()) {
    // EISDIR, or that the directory may not be searched.
    const Opened none = kernel_->Open(
        name + "/", O_WRONLY | O_CREAT | O_NOFOLLOW, request.mode);
    return LeadsNowhere(asked, request.rights, name, none.error);
  }
  const Target target = {name,
                         name,
                         asked,
                         request,
                         Check(request.rights, name, *asked.call),
                         nullptr,
                         judge_.MountOf(name, request)};
  if (!target.verdict.allowed && !target.verdict.acts) {
    return FsStatus::Denied(target.verdict, name);
  }
  FsResult<Handle> result = OpenTarget(target);
  // A link to nothing. Only those who are granted both the link, as above, and
  // what it leads to may hear that nothing is there.
  if (result.status().error_number == ELOOP && !result.status().denied()) {
    status = LeadsNowhere(asked, request.rights, name, ELOOP);
    return status.denied() || name == missing
               ? status
               : LeadsNowhere(asked, request.rights, missing, ELOOP);
  }
  return result;
}

FsResult<Handle> Resolver::ResolveObject(const At& at,
                                         const ObjectRequest& request,
                                         OneCall* call) const {
  AskedName asked;
  asked.call = call;
  FsStatus status = MakeAbsolute(at, request.rights, &asked);
  if (!status.ok()) return status;
  const bool steps_back = asked.shape.steps_back;
  for (int i = 0; i < kMaxChanges; ++i) {
    // To create, the proposals know where something is missing.
    if (request.create ? !steps_back && !EndsInSlashes(asked.name)
                       : !asked.decided().empty()) {
      const Target target = {asked.decided(),
                             asked.name,
                             asked,
                             request,
                             Check(request.rights, asked.decided(), *call),
                             nullptr,
                             judge_.MountOf(asked.decided(), request),
                             steps_back};
      if (target.verdict.allowed || target.verdict.acts) {
        FsResult<Handle> result = OpenTarget(target);
        const int error = result.status().error_number;
        if (error == kRaced) continue;
        if (error != ELOOP || result.status().denied()) return result;
      } else if (!steps_back &&
                 PassesNoLink(asked, asked.name,
                              LookFlags(request.flags, request.last))) {
        return FsStatus::Denied(target.verdict, asked.decided());
      }
    }
    FsResult<Handle> result = OpenByProposal(asked, request);
    if (result.status().error_number != kRaced) return result;
  }
  return FsStatus::Refused(EAGAIN, Refusal::kChanged);
}

FsResult<ResolvedEntry> Resolver::EntryByName(const AskedName& asked,
                                              Rights rights) const {
  const Cut cut = CutLast(asked.name);
  if (cut.entry == ".") return FsStatus::Error(ELOOP);
  const Verdict verdict = Check(rights, asked.decided(), *asked.call);
  if (!verdict.allowed && !verdict.acts) {
    return PassesNoLink(asked, cut.directory, O_DIRECTORY)
               ? FsStatus::Denied(verdict, asked.decided())
               : FsStatus::Error(ELOOP);
  }
  Opened opened = kernel_->Open(cut.directory, O_PATH | O_DIRECTORY);
  if (opened.error == ELOOP) return FsStatus::Error(ELOOP);
  FsStatus status =
      Decide(rights, asked.decided(), asked.given, verdict, asked.call);
  if (!status.ok()) return status;
  if (opened.error != 0) return FsStatus::Error(opened.error);
  return MakeEntry(asked, rights, std::move(opened.fd),
                   NormalPath("", cut.directory), std::string(asked.decided()));
}

FsResult<ResolvedEntry> Resolver::EntryByProposal(const AskedName& asked,
                                                  Rights rights) const {
  const Cut cut = CutLast(asked.name);
  Proposal parent;
  FsStatus status = JudgeLinks(cut.directory, LastLink::kFollow, rights);
  if (!status.ok()) return status;
  status = Propose(cut.directory, O_DIRECTORY, LastLink::kFollow, &parent);
  if (!status.ok()) return status;
  if (parent.error == kRaced) return FsStatus::Error(kRaced);
  if (parent.error != 0 && (cut.entry == "." || cut.entry == "..")) {
    return LeadsNowhere(asked, rights, parent.name, parent.error);
  }
  std::string canonical = NormalPath(parent.name, cut.entry);
  if (canonical.empty() || canonical.size() > kMaxPathBytes) {
    return FsStatus::Invalid(ENAMETOOLONG);
  }
  status = Decide(rights, canonical, asked.given, asked.call);
  if (!status.ok()) return status;
  if (parent.error != 0) return FsStatus::Error(parent.error);
  Opened opened = kernel_->Open(parent.name, O_PATH | O_DIRECTORY);
  ObjectInfo info;
  if (opened.error != 0 || Inspect(opened.fd.get(), &info) != 0 ||
      (parent.known && !info.SameAs(parent.info))) {
    return FsStatus::Error(kRaced);
  }
  return MakeEntry(asked, rights, std::move(opened.fd), std::move(parent.name),
                   std::move(canonical));
}

FsResult<ResolvedEntry> Resolver::MakeEntry(const AskedName& asked,
                                            Rights rights,
                                            FileDescriptor directory,
                                            std::string directory_name,
                                            std::string canonical) const {
  const Cut cut = CutLast(asked.name);
  ObjectInfo info;
  const int error = Inspect(directory.get(), &info);
  if (error != 0) return FsStatus::Error(error);
  if (options_.no_cross_mount && info.mount_id() != asked.start_mount) {
    return FsStatus::Refused(EXDEV, Refusal::kMount);
  }
  FsStatus status = judge_.JudgeEntry(rights, info, canonical);
  if (!status.ok()) return status;
  absl::string_view place;
  if (judge_.MayFold(canonical, directory.get(), info, &place)) {
    const Opened object = kernel_->Open(canonical, O_PATH | O_NOFOLLOW);
    const absl::string_view stored =
        object.error == 0 ? canonical : CutLast(canonical).directory;
    if (!IsSpelledAsStored(*kernel_, stored, place)) {
      return FsStatus::Error(ENOENT);
    }
  }
  return ResolvedEntry{std::move(directory), std::move(directory_name), info,
                       std::string(cut.entry) + std::string(cut.slashes),
                       std::move(canonical)};
}

bool Resolver::IsStillNamed(const ResolvedEntry& entry) const {
  const Opened opened =
      kernel_->Open(entry.directory_name, O_PATH | O_DIRECTORY);
  ObjectInfo info;
  return opened.error == 0 && Inspect(opened.fd.get(), &info) == 0 &&
         info.SameAs(entry.directory_info);
}

FsResult<ResolvedEntry> Resolver::ResolveParent(const At& at, Rights rights,
                                                OneCall* call) const {
  AskedName asked;
  asked.call = call;
  FsStatus status = MakeAbsolute(at, rights, &asked);
  if (!status.ok()) return status;
  for (int i = 0; i < kMaxChanges; ++i) {
    if (!asked.shape.steps_back) {
      FsResult<ResolvedEntry> entry = EntryByName(asked, rights);
      const FsStatus& failed = entry.status();
      if (failed.error_number != ELOOP || failed.denied()) return entry;
    }
    FsResult<ResolvedEntry> entry = EntryByProposal(asked, rights);
    if (entry.status().error_number != kRaced) return entry;
  }
  return FsStatus::Refused(EAGAIN, Refusal::kChanged);
}

}  // namespace fs
}  // namespace postern
