#include "fs/guarded_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "fs/guarded_fs_parts.h"
#include "fs/kernel.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {
namespace {

Operation OpenOperation(const OpenIntent& intent) {
  switch (intent.access) {
    case OpenIntent::Access::kRead:
      return Operation::kOpenRead;
    case OpenIntent::Access::kWrite:
      return intent.create ? Operation::kCreate : Operation::kOpenWrite;
    case OpenIntent::Access::kReadWrite:
      return intent.create ? Operation::kCreateReadWrite
                           : Operation::kOpenReadWrite;
  }
  return Operation::kOpenReadWrite;
}

// Only now, as the object is known to be the right one.
FsStatus Empty(const Handle& handle) {
  struct stat st;
  if (fstat(handle.fd(), &st) != 0) return FsStatus::Error(errno);
  if (!S_ISREG(st.st_mode) || st.st_size == 0) return FsStatus();
  return ftruncate(handle.fd(), 0) == 0 ? FsStatus() : FsStatus::Error(errno);
}

}  // namespace

absl::StatusOr<std::unique_ptr<const GuardedFs>> GuardedFs::Create(
    std::shared_ptr<PathMonitor> monitor, GuardedFsOptions options) {
  return GuardedFsParts::Create(std::move(monitor), std::move(options),
                                Kernel::Without());
}

absl::StatusOr<std::unique_ptr<const GuardedFs>> GuardedFsParts::Create(
    std::shared_ptr<PathMonitor> monitor, GuardedFsOptions options,
    Kernel::Without without) {
  if (monitor == nullptr) {
    return absl::InvalidArgumentError("guarded operations need a monitor");
  }
  absl::Status ready = monitor->Ready();
  if (!ready.ok()) return ready;
  if (!options.base_directory.empty() && options.base_directory[0] != '/') {
    return absl::InvalidArgumentError(
        "the base directory of guarded operations must be absolute");
  }
  absl::StatusOr<std::unique_ptr<const Kernel>> kernel = Kernel::Probe(without);
  if (!kernel.ok()) return kernel.status();
  absl::StatusOr<std::unique_ptr<const Resolver>> resolver = Resolver::Create(
      std::move(monitor), *std::move(kernel), std::move(options));
  if (!resolver.ok()) return resolver.status();
  return std::unique_ptr<const GuardedFs>(new GuardedFs(*std::move(resolver)));
}

GuardedFs::GuardedFs(std::unique_ptr<const Resolver> resolver)
    : resolver_(std::move(resolver)) {}

GuardedFs::~GuardedFs() = default;

const GuardedFsOptions& GuardedFs::options() const {
  return resolver_->options();
}

const Kernel& GuardedFs::kernel() const { return resolver_->kernel(); }

bool GuardedFs::SetsIds(mode_t mode) const {
  return (mode & (S_ISUID | S_ISGID)) != 0 && !options().privileged_attributes;
}

FsResult<Handle> GuardedFs::Hold(Operation operation, const At& at) const {
  OneCall call;
  return HoldIn(&call, RowOf(operation).first, at);
}

FsResult<Handle> GuardedFs::HoldIn(OneCall* call, const OperationEnd& end,
                                   const At& at) const {
  ObjectRequest request;
  request.rights = end.rights;
  request.flags = O_PATH;
  request.kinds = Kinds::Any();
  if (end.primitive == Primitive::kLink) {
    request.flags |= O_NOFOLLOW;
    request.last = LastLink::kNoFollow;
  }
  return resolver_->ResolveObject(at, request, call);
}

FsResult<Handle> GuardedFs::Open(const At& at, const OpenIntent& intent) const {
  OneCall call;
  return OpenIn(&call, at, intent, /*tell_created=*/false);
}

FsResult<Handle> GuardedFs::OpenIn(OneCall* call, const At& at,
                                   const OpenIntent& intent,
                                   bool tell_created) const {
  if (!intent.IsValid()) return FsStatus::Invalid(EINVAL);
  if (intent.create && SetsIds(intent.mode)) {
    return FsStatus::Refused(EPERM, Refusal::kAttribute);
  }
  ObjectRequest request;
  request.rights = RowOf(OpenOperation(intent)).first.rights;
  request.flags = intent.Flags();
  request.create = intent.create;
  request.exclusive = intent.exclusive;
  request.mode = intent.mode;
  request.kinds = intent.special_files ? Kinds::Any() : options().kinds;
  request.same_mount = intent.same_mount;
  request.tell_created = tell_created;
  // O_EXCL as well follows no link in the last place (open(2)).
  if (intent.nofollow || intent.exclusive) {
    request.flags |= O_NOFOLLOW;
    request.last = LastLink::kNoFollow;
  }
  if (!intent.truncate) return resolver_->ResolveObject(at, request, call);
  FsResult<Handle> handle = resolver_->ResolveObject(at, request, call);
  if (!handle.ok()) return handle;
  FsStatus status = Empty(*handle);
  if (!status.ok()) return status;
  return handle;
}

FsResult<Handle> GuardedFs::OpenExec(const At& at) const {
  ObjectRequest request;
  request.rights = RowOf(Operation::kOpenExec).first.rights;
  request.flags = O_PATH;
  request.kinds = Kinds::None().And(S_IFREG);
  return resolver_->ResolveObject(at, request);
}

FsResult<Handle> GuardedFs::ChangeDirectory(const At& at) const {
  ObjectRequest request;
  request.rights = RowOf(Operation::kChdir).first.rights;
  request.flags = O_PATH | O_DIRECTORY;
  return resolver_->ResolveObject(at, request);
}

}  // namespace fs
}  // namespace postern
