#include "fs/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <utility>

#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "fs/spelled_name.h"

namespace postern {
namespace fs {
namespace {

// In place of an errno: the name led elsewhere meanwhile.
constexpr int kRaced = 1 << 20;
// Descriptors kept so that no lock is lost. Only who changes names in the very
// moment gets beyond the few that threads can have in flight.
constexpr size_t kMaxParked = 64;

// What a name looks like, before anything is looked up.
struct Shape {
  bool steps_back = false;  // has a ".."
  bool normal = true;       // no ".", no ".." and no slash too many
};

// Eight bytes of a name at a time. Every byte of a mask is 0x80 or 0.
constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kLow = 0x7f * kOnes;

uint64_t ZeroBytes(uint64_t x) { return ~(((x & kLow) + kLow) | x | kLow); }

uint64_t Load(const char* bytes) {
  uint64_t x;
  memcpy(&x, bytes, sizeof(x));
  return x;
}

// What a name of at least two bytes may hold, found in one pass.
struct Suspects {
  bool nul = false;
  bool odd = false;  // a slash, and behind it another, a dot, or nothing
};

Suspects Scan(absl::string_view name) {
  uint64_t nul = 0, odd = 0;
  const auto take = [&](uint64_t here, uint64_t next) {
    nul |= ZeroBytes(here) | ZeroBytes(next);
    // '.' and '/' differ in their lowest bit alone.
    odd |= ZeroBytes(here ^ ('/' * kOnes)) &
           ZeroBytes((next | kOnes) ^ ('/' * kOnes));
  };
  size_t i = 0;
  for (; i + 9 <= name.size(); i += 8) {
    take(Load(name.data() + i), Load(name.data() + i + 1));
  }
  char rest[17];
  memset(rest, 'x', sizeof(rest));
  memcpy(rest, name.data() + i, name.size() - i);
  take(Load(rest), Load(rest + 1));
  return {nul != 0, odd != 0 || name.back() == '/'};
}

// Of an absolute name with something odd about it.
Shape ShapeOf(absl::string_view name) {
  Shape shape;
  if (name.size() == 1) return shape;
  size_t start = 1;  // of a component; name[0] is a slash
  for (size_t i = 1; i <= name.size(); ++i) {
    if (i < name.size() && name[i] != '/') continue;
    const absl::string_view component = name.substr(start, i - start);
    if (component == "..") shape.steps_back = true;
    if (component.empty() || component == "." || component == "..") {
      shape.normal = false;
    }
    start = i + 1;
  }
  return shape;
}

bool WantsLink(int flags) {
  return (flags & O_PATH) != 0 && (flags & O_NOFOLLOW) != 0;
}

// A name cut into the directory and the entry in it.
struct Cut {
  absl::string_view directory;  // with a slash at its end
  absl::string_view entry;      // without slashes
  absl::string_view slashes;    // behind it
};

Cut CutLast(absl::string_view name) {
  const size_t last = name.find_last_not_of('/');
  if (last == name.npos) return {name, ".", ""};  // the root
  const size_t slash = name.rfind('/', last);
  return {name.substr(0, slash + 1), name.substr(slash + 1, last - slash),
          name.substr(last + 1)};
}

// Nothing of such a name can be created: EISDIR, before its last component is
// looked up.
bool EndsInSlashes(absl::string_view name) {
  if (name.back() != '/') return false;
  const Cut cut = CutLast(name);
  return cut.entry != "." && cut.entry != "..";
}

std::string Join(absl::string_view directory, absl::string_view entry) {
  std::string path(directory);
  if (path.empty() || path.back() != '/') path.push_back('/');
  path.append(entry.data(), entry.size());
  return path;
}

}  // namespace

struct Resolver::Asked {
  absl::string_view name;  // absolute, the bytes as they came
  Shape shape;
  std::string normal;  // without "." and extra slashes, where name has any
  absl::string_view decided() const {
    return shape.normal ? name : absl::string_view(normal);
  }
  uint64_t start_mount = 0;  // of the directory that it starts from; 0 unknown
  char buffer[kMaxPathBytes + 1];
};

struct Resolver::Proposal {
  std::string name;    // canonical
  int error = 0;       // of the kernel; then `name` is where it failed
  bool known = false;  // `info` is of the object that was proposed
  ObjectInfo info;
};

struct Resolver::Target {
  absl::string_view name;   // canonical: decided
  absl::string_view bytes;  // the same for the kernel, perhaps "name/."
  uint64_t start_mount;
  const ObjectRequest& request;
  Verdict verdict;           // Check()'s
  const Proposal* proposal;  // what it must turn out to be; or null
  const Mount* mount;        // where the table places it; or null
};

Resolver::Resolver(std::shared_ptr<PathMonitor> monitor,
                   std::unique_ptr<const Kernel> kernel,
                   GuardedFsOptions options)
    : monitor_(std::move(monitor)),
      kernel_(std::move(kernel)),
      options_(std::move(options)),
      naming_(options_.naming != nullptr ? options_.naming
                                         : std::make_shared<std::mutex>()),
      mounts_(kernel_->has_procfs() ? MountTable::Read() : MountTable()),
      root_mount_(MountIdOf("/")),
      base_mount_(MountIdOf(options_.base_directory)) {}

Resolver::~Resolver() = default;

uint64_t Resolver::MountIdOf(absl::string_view name) const {
  if (name.empty()) return 0;
  const CanonicalName found =
      FindCanonicalName(*kernel_, name, LastLink::kFollow);
  const Opened opened = kernel_->Open(found.path, O_PATH);
  ObjectInfo info;
  return opened.error == 0 && Inspect(opened.fd.get(), &info) == 0
             ? info.mount_id()
             : 0;
}

const Mount* Resolver::MountOf(absl::string_view name,
                               const ObjectRequest& request) const {
  // Nothing but these asks for it.
  if (request.kinds.any() && !mounts_.any_folds_names()) return nullptr;
  return mounts_.Find(name);
}

void Resolver::Park(FileDescriptor fd) const {
  look_first_.store(true, std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(mutex_);
  if (parked_.size() < kMaxParked) parked_.push_back(std::move(fd));
}

FsStatus Resolver::NameOfBase(const Handle& base, Asked* asked) const {
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
                                Asked* asked) const {
  if (rights.empty()) return FsStatus::Invalid(EINVAL);
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
  const Suspects suspects = Scan(asked->name);
  if (suspects.nul) return FsStatus::Invalid(EINVAL);
  if (suspects.odd) asked->shape = ShapeOf(asked->name);
  if (!asked->shape.normal && !asked->shape.steps_back) {
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
                          const Verdict& checked) const {
  const Verdict verdict =
      checked.acts ? monitor_->Enforce(rights, name) : checked;
  return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, name);
}

FsStatus Resolver::Decide(Rights rights, absl::string_view name) const {
  return Decide(rights, name, monitor_->Check(rights, name));
}

FsStatus Resolver::LeadsNowhere(Rights rights, absl::string_view name,
                                int error) const {
  FsStatus status = Decide(rights, name);
  return status.ok() ? FsStatus::Error(error) : status;
}

FsStatus Resolver::ProposeByWalk(absl::string_view name, LastLink last,
                                 int error, Proposal* proposal) const {
  CanonicalName found = FindCanonicalName(*kernel_, name, last);
  proposal->name = std::move(found.path);
  proposal->known = false;
  // Where both differ somebody is at work, or the kernel knows a reason more.
  proposal->error = found.error != 0 ? found.error : error;
  return FsStatus();
}

FsStatus Resolver::Propose(absl::string_view name, int flags, LastLink last,
                           Proposal* proposal) const {
  proposal->error = 0;
  const int wanted =
      (flags & O_DIRECTORY) | (last == LastLink::kNoFollow ? O_NOFOLLOW : 0);
  const Opened opened = kernel_->has_procfs()
                            ? kernel_->OpenFollowing(name, wanted)
                            : Opened::Error(ENOSYS);
  if (opened.error != 0) {
    // EAGAIN: renames anywhere on the machine keep disturbing the "..".
    const bool no_answer = opened.error == ENOSYS || opened.error == EPERM ||
                           opened.error == EAGAIN;
    return ProposeByWalk(name, last, no_answer ? 0 : opened.error, proposal);
  }
  if (Inspect(opened.fd.get(), &proposal->info) != 0 ||
      proposal->info.raw.stx_nlink == 0) {
    return ProposeByWalk(name, last, kRaced, proposal);
  }
  const int error = kernel_->ProposeName(opened.fd.get(), &proposal->name);
  if (error != 0) return ProposeByWalk(name, last, 0, proposal);
  if (proposal->name.empty() || proposal->name[0] != '/') {
    return FsStatus::Refused(EACCES, Refusal::kUnenforceable);
  }
  proposal->known = true;
  return FsStatus();
}

bool Resolver::StaysOnMount(const Target& target) const {
  return options_.no_cross_mount || target.request.same_mount;
}

bool Resolver::MustInspect(const Target& target) const {
  return !target.request.kinds.any() ||
         target.request.rights.Contains(Right::kWrite) ||
         options_.hard_links_reading == HardLinks::kRefuse ||
         StaysOnMount(target) || monitor_->KnowsIdentities() ||
         target.proposal != nullptr;
}

// Whether something is to be asked, or is known to need a closer look, before
// the object is opened.
bool Resolver::MustLookFirst(const Target& target) const {
  return target.verdict.acts || look_first_.load(std::memory_order_relaxed) ||
         (target.mount != nullptr && target.mount->may_fold_names);
}

// Whether to open a file of this name might run a device's driver, or has to be
// undone by a close that drops locks. A glance: what is opened is judged again.
bool Resolver::MightDisturb(const Target& target) const {
  const Kinds kinds = target.request.kinds;
  if (kinds.any() || (target.request.flags & O_PATH) != 0) return false;
  if (target.mount != nullptr && target.mount->nodev) return false;
  ObjectInfo info;
  if (target.proposal != nullptr && target.proposal->known) {
    info = target.proposal->info;
  } else if (kernel_->Glance(target.bytes, &info) != 0) {
    return false;  // then opening fails in the same way
  }
  if (S_ISLNK(info.mode())) return false;
  return !kinds.Contains(info.mode()) ||
         (info.raw.stx_nlink > 1 && !S_ISDIR(info.mode()));
}

FsStatus Resolver::JudgeProcfs(const Target& target, int fd,
                               const ObjectInfo& info) const {
  for (const Mount& mount : mounts_.mounts()) {
    if (mount.device == info.identity().device && mount.type != "proc") {
      return FsStatus();
    }
  }
  if (!IsInProcfs(fd)) return FsStatus();
  const Mount* mount = mounts_.FindById(info.mount_id());
  const absl::string_view place =
      mount != nullptr ? absl::string_view(mount->point) : target.name;
  const Verdict verdict =
      monitor_->CheckNamed(target.request.rights, target.name, place);
  return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, target.name);
}

FsStatus Resolver::Judge(const Target& target, int fd, const ObjectInfo& info,
                         Findings* findings) const {
  const bool writing = target.request.rights.Contains(Right::kWrite);
  findings->inspected = true;
  findings->hard_linked = info.raw.stx_nlink > 1 && !S_ISDIR(info.mode());
  findings->crossed_mount =
      target.start_mount != 0 && info.mount_id() != target.start_mount;
  if (!target.request.kinds.Contains(info.mode())) {
    return FsStatus::Refused(EACCES, Refusal::kKind);
  }
  if (StaysOnMount(target) &&
      (findings->crossed_mount || target.start_mount == 0)) {
    return FsStatus::Refused(EXDEV, Refusal::kMount);
  }
  if (monitor_->KnowsIdentities()) {
    const Verdict verdict = monitor_->CheckIdentity(
        target.request.rights, info.identity(), target.name);
    if (!verdict.allowed) return FsStatus::Denied(verdict, target.name);
  }
  const HardLinks links =
      writing ? options_.hard_links_writing : options_.hard_links_reading;
  if (findings->hard_linked && links == HardLinks::kRefuse) {
    return FsStatus::Refused(EACCES, Refusal::kHardLink);
  }
  // A mount that is younger than the table is known by nothing but its id.
  const Mount unknown = {info.mount_id(), 0, 0, "", "/", "", false, true};
  const Mount* mount =
      info.mount_id() == 0 ? target.mount : mounts_.FindById(info.mount_id());
  if (mount == nullptr && info.mount_id() != 0 && !mounts_.mounts().empty()) {
    mount = &unknown;
  }
  if (!IsSpelledRight(target.name, mount)) return FsStatus::Error(ENOENT);
  return writing ? JudgeProcfs(target, fd, info) : FsStatus();
}

bool Resolver::IsSpelledRight(absl::string_view name,
                              const Mount* mount) const {
  return mount == nullptr || !mount->may_fold_names ||
         IsSpelledAsStored(*kernel_, name, *mount);
}

FsResult<Handle> Resolver::OpenAtOnce(const Target& target) const {
  const ObjectRequest& request = target.request;
  int flags = request.flags;
  if (request.create) flags |= O_CREAT | O_NOFOLLOW;
  if (request.exclusive) flags |= O_EXCL;
  if (request.create) {
    FsStatus status = JudgeDirectory(target);
    if (!status.ok()) return status;
  }
  Opened opened = kernel_->Open(target.bytes, flags, request.mode);
  if (opened.error != 0) return FsStatus::Error(opened.error);
  ObjectInfo info = {};
  Findings findings;
  if (MustInspect(target)) {
    const int error = Inspect(opened.fd.get(), &info);
    if (error != 0) return FsStatus::Error(error);
    FsStatus status = Judge(target, opened.fd.get(), info, &findings);
    if (!status.ok()) {
      if ((flags & O_PATH) == 0) Park(std::move(opened.fd));
      return status;
    }
    if (target.proposal != nullptr && target.proposal->known &&
        !info.SameAs(target.proposal->info)) {
      return FsStatus::Error(kRaced);
    }
    // The table is older than this mount.
    if (target.mount != nullptr && info.mount_id() != target.mount->id) {
      look_first_.store(true, std::memory_order_relaxed);
    }
  }
  return Handle(std::move(opened.fd), request.rights, std::string(target.name),
                findings,
                findings.inspected ? info.identity() : FileIdentity());
}

FsResult<Handle> Resolver::LookThenOpen(const Target& target) const {
  const ObjectRequest& request = target.request;
  const int look = O_PATH | (request.flags & (O_DIRECTORY | O_NOFOLLOW));
  Opened seen = kernel_->Open(target.bytes, look);
  if (seen.error == ELOOP) return FsStatus::Error(ELOOP);
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
  FsStatus status = Decide(request.rights, target.name, target.verdict);
  if (!status.ok()) return status;
  if (seen.error == ENOENT && request.create) return CreateNew(target);
  if (seen.error != 0) return FsStatus::Error(seen.error);
  Findings findings;
  status = Judge(target, seen.fd.get(), info, &findings);
  if (!status.ok()) return status;
  if (request.exclusive) return FsStatus::Error(EEXIST);
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
    std::lock_guard<std::mutex> lock(mutex_);
    // Half of the places are for opens that are under way.
    if (parked_.size() >= kMaxParked / 2) return Opened::Error(kRaced);
  }
  if (by_name) {
    opened = kernel_->Open(target.bytes, target.request.flags | O_NOFOLLOW);
    if (opened.error == ENOENT || opened.error == ELOOP) {
      return Opened::Error(kRaced);
    }
  }
  if (opened.error != 0) return opened;
  ObjectInfo now = {};
  const int error = Inspect(opened.fd.get(), &now);
  if (error == 0 && now.SameAs(info)) return opened;
  Findings findings;
  if (!Judge(target, opened.fd.get(), now, &findings).ok()) {
    Park(std::move(opened.fd));
  }
  return Opened::Error(error != 0 ? error : kRaced);
}

FsResult<Handle> Resolver::CreateNew(const Target& target) const {
  const ObjectRequest& request = target.request;
  FsStatus status = JudgeDirectory(target);
  if (!status.ok()) return status;
  if (!IsSpelledRight(CutLast(target.name).directory, target.mount)) {
    return FsStatus::Error(ENOENT);
  }
  Opened opened =
      kernel_->Open(target.bytes, request.flags | O_CREAT | O_EXCL | O_NOFOLLOW,
                    request.mode);
  if (opened.error == EEXIST && !request.exclusive) {
    return FsStatus::Error(kRaced);
  }
  ObjectInfo info = {};
  if (opened.error == 0) opened.error = Inspect(opened.fd.get(), &info);
  if (opened.error != 0) return FsStatus::Error(opened.error);
  Findings findings;
  findings.inspected = true;
  findings.crossed_mount =
      target.start_mount != 0 && info.mount_id() != target.start_mount;
  return Handle(std::move(opened.fd), request.rights, std::string(target.name),
                findings, info.identity());
}

// A file must not come into being where it may not be.
FsStatus Resolver::JudgeDirectory(const Target& target) const {
  if (!StaysOnMount(target)) return FsStatus();
  const Cut cut = CutLast(target.name);
  const Opened opened = kernel_->Open(cut.directory, O_PATH | O_DIRECTORY);
  ObjectInfo info;
  if (opened.error != 0 || Inspect(opened.fd.get(), &info) != 0) {
    return FsStatus();  // then nothing can be created either
  }
  return target.start_mount != 0 && info.mount_id() == target.start_mount
             ? FsStatus()
             : FsStatus::Refused(EXDEV, Refusal::kMount);
}

FsResult<Handle> Resolver::OpenTarget(const Target& target) const {
  return MustLookFirst(target) || MightDisturb(target) ? LookThenOpen(target)
                                                       : OpenAtOnce(target);
}

FsResult<Handle> Resolver::OpenByProposal(const Asked& asked,
                                          const ObjectRequest& request) const {
  Proposal proposal;
  FsStatus status = Propose(asked.name, request.flags, request.last, &proposal);
  if (!status.ok()) return status;
  if (proposal.error == kRaced) return FsStatus::Error(kRaced);
  if (request.create &&
      (proposal.error == ENOENT || EndsInSlashes(asked.name))) {
    return CreateByProposal(asked, request, proposal.name);
  }
  if (proposal.error != 0) {
    return LeadsNowhere(request.rights, proposal.name, proposal.error);
  }
  ObjectRequest existing = request;
  existing.create = existing.exclusive = false;
  const Target target = {proposal.name,
                         proposal.name,
                         asked.start_mount,
                         existing,
                         monitor_->Check(request.rights, proposal.name),
                         &proposal,
                         MountOf(proposal.name, existing)};
  if (!target.verdict.allowed && !target.verdict.acts) {
    return FsStatus::Denied(target.verdict, proposal.name);
  }
  if (request.exclusive) {
    return LeadsNowhere(request.rights, proposal.name, EEXIST);
  }
  const bool is_link = proposal.known && S_ISLNK(proposal.info.mode());
  if (is_link && !WantsLink(request.flags)) {
    return LeadsNowhere(request.rights, proposal.name, ELOOP);
  }
  FsResult<Handle> result = OpenTarget(target);
  if (result.status().error_number != ELOOP || result.status().denied()) {
    return result;
  }
  // A link where none was: somebody put it there, or no link may end a name,
  // which only those who are granted the link may hear.
  return request.last == LastLink::kFollow
             ? FsStatus::Error(kRaced)
             : LeadsNowhere(request.rights, proposal.name, ELOOP);
}

FsResult<Handle> Resolver::CreateByProposal(const Asked& asked,
                                            const ObjectRequest& request,
                                            absl::string_view missing) const {
  const Cut cut = CutLast(asked.name);
  Proposal parent;
  FsStatus status =
      Propose(cut.directory, O_DIRECTORY, LastLink::kFollow, &parent);
  if (!status.ok()) return status;
  if (parent.error == kRaced) return FsStatus::Error(kRaced);
  if (parent.error != 0) {
    return LeadsNowhere(request.rights, missing, parent.error);
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
    return LeadsNowhere(request.rights, name, none.error);
  }
  const Target target = {name,
                         name,
                         asked.start_mount,
                         request,
                         monitor_->Check(request.rights, name),
                         nullptr,
                         MountOf(name, request)};
  if (!target.verdict.allowed && !target.verdict.acts) {
    return FsStatus::Denied(target.verdict, name);
  }
  FsResult<Handle> result = OpenTarget(target);
  // A link to nothing. Only those who are granted both the link, as above, and
  // what it leads to may hear that nothing is there.
  if (result.status().error_number == ELOOP && !result.status().denied()) {
    status = LeadsNowhere(request.rights, name, ELOOP);
    return status.denied() || name == missing
               ? status
               : LeadsNowhere(request.rights, missing, ELOOP);
  }
  return result;
}

FsResult<Handle> Resolver::ResolveObject(const At& at,
                                         const ObjectRequest& request) const {
  Asked asked;
  FsStatus status = MakeAbsolute(at, request.rights, &asked);
  if (!status.ok()) return status;
  for (int i = 0; i < kMaxChanges; ++i) {
    if (!asked.shape.steps_back &&
        !(request.create && EndsInSlashes(asked.name))) {
      const Target target = {asked.decided(),
                             asked.name,
                             asked.start_mount,
                             request,
                             monitor_->Check(request.rights, asked.decided()),
                             nullptr,
                             MountOf(asked.decided(), request)};
      if (target.verdict.allowed || target.verdict.acts) {
        FsResult<Handle> result = OpenTarget(target);
        const int error = result.status().error_number;
        if (error == kRaced) continue;
        if (error != ELOOP || result.status().denied()) return result;
      }
    }
    FsResult<Handle> result = OpenByProposal(asked, request);
    if (result.status().error_number != kRaced) return result;
  }
  return FsStatus::Refused(EAGAIN, Refusal::kChanged);
}

FsResult<ResolvedEntry> Resolver::EntryByName(const Asked& asked,
                                              Rights rights) const {
  const Cut cut = CutLast(asked.name);
  if (cut.entry == ".") return FsStatus::Error(ELOOP);
  const Verdict verdict = monitor_->Check(rights, asked.decided());
  if (!verdict.allowed && !verdict.acts) return FsStatus::Error(ELOOP);
  Opened opened = kernel_->Open(cut.directory, O_PATH | O_DIRECTORY);
  if (opened.error == ELOOP) return FsStatus::Error(ELOOP);
  FsStatus status = Decide(rights, asked.decided(), verdict);
  if (!status.ok()) return status;
  if (opened.error != 0) return FsStatus::Error(opened.error);
  return MakeEntry(asked, std::move(opened.fd), NormalPath("", cut.directory),
                   std::string(asked.decided()));
}

FsResult<ResolvedEntry> Resolver::EntryByProposal(const Asked& asked,
                                                  Rights rights) const {
  const Cut cut = CutLast(asked.name);
  Proposal parent;
  FsStatus status =
      Propose(cut.directory, O_DIRECTORY, LastLink::kFollow, &parent);
  if (!status.ok()) return status;
  if (parent.error == kRaced) return FsStatus::Error(kRaced);
  if (parent.error != 0 && (cut.entry == "." || cut.entry == "..")) {
    return LeadsNowhere(rights, parent.name, parent.error);
  }
  std::string canonical = NormalPath(parent.name, cut.entry);
  if (canonical.empty() || canonical.size() > kMaxPathBytes) {
    return FsStatus::Invalid(ENAMETOOLONG);
  }
  status = Decide(rights, canonical);
  if (!status.ok()) return status;
  if (parent.error != 0) return FsStatus::Error(parent.error);
  Opened opened = kernel_->Open(parent.name, O_PATH | O_DIRECTORY);
  ObjectInfo info;
  if (opened.error != 0 || Inspect(opened.fd.get(), &info) != 0 ||
      (parent.known && !info.SameAs(parent.info))) {
    return FsStatus::Error(kRaced);
  }
  return MakeEntry(asked, std::move(opened.fd), std::move(parent.name),
                   std::move(canonical));
}

FsResult<ResolvedEntry> Resolver::MakeEntry(const Asked& asked,
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
  const Mount* mount = mounts_.Find(canonical);
  if (mount != nullptr && mount->may_fold_names) {
    const Opened object = kernel_->Open(canonical, O_PATH | O_NOFOLLOW);
    const absl::string_view stored =
        object.error == 0 ? canonical : CutLast(canonical).directory;
    if (!IsSpelledRight(stored, mount)) return FsStatus::Error(ENOENT);
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

FsResult<ResolvedEntry> Resolver::ResolveParent(const At& at,
                                                Rights rights) const {
  Asked asked;
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
