#include "fs/object_judge.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>

#include "fs/procfs_names.h"
#include "fs/spelled_name.h"

namespace postern {
namespace fs {

bool WantsLink(int flags) {
  return (flags & O_PATH) != 0 && (flags & O_NOFOLLOW) != 0;
}

const Mount* ObjectJudge::MountOf(absl::string_view name,
                                  const ObjectRequest& request) const {
  // Nothing but these asks for it.
  if (request.kinds.any() && !mounts_.any_folds_names()) return nullptr;
  return mounts_.Find(name);
}

bool ObjectJudge::StaysOnMount(const Target& target) const {
  return options_.no_cross_mount || target.request.same_mount;
}

bool ObjectJudge::MustInspect(const Target& target) const {
  // Listings and links tell much of what lies on a mount that is younger than
  // the table; what else is only held tells no more than stat(2).
  const int flags = target.request.flags;
  const bool only_held = (flags & O_PATH) != 0 && !WantsLink(flags);
  return !target.request.kinds.any() || (!options_.kinds.any() && !only_held) ||
         target.request.rights.Contains(Right::kWrite) ||
         options_.hard_links_reading == HardLinks::kRefuse ||
         StaysOnMount(target) || monitor_.KnowsIdentities() ||
         target.proposal != nullptr || !mounts_.complete() ||
         mounts_.IsInProcfs(target.name);
}

// Whether to open a file of this name might run a device's driver, or has to be
// undone by a close that drops locks.
bool ObjectJudge::MightDisturb(const Target& target) const {
  const ObjectRequest& request = target.request;
  // With O_EXCL what is there is not opened.
  if ((request.flags & O_PATH) != 0 || request.exclusive) return false;
  // Where every kind may be opened, only who is known by another name is not.
  return request.kinds.any() ? monitor_.KnowsIdentities()
                             : target.mount == nullptr || !target.mount->nodev;
}

// Whether it really does, at a glance: what is opened is judged again.
bool ObjectJudge::IsDisturbing(const Target& target) const {
  ObjectInfo info;
  if (target.proposal != nullptr && target.proposal->known) {
    info = target.proposal->info;
  } else if (kernel_.Glance(target.bytes, &info) != 0) {
    return false;  // then opening fails in the same way
  }
  if (S_ISLNK(info.mode())) return false;
  const Kinds kinds = target.request.kinds.any() ? Kinds::RegularAndDirectory()
                                                 : target.request.kinds;
  return !kinds.Contains(info.mode()) ||
         (info.raw.stx_nlink > 1 && !S_ISDIR(info.mode()));
}

FsStatus ObjectJudge::Judge(const Target& target, int fd,
                            const ObjectInfo& info, Findings* findings) const {
  const bool writing = target.request.rights.Contains(Right::kWrite);
  findings->inspected = true;
  findings->hard_linked = info.raw.stx_nlink > 1 && !S_ISDIR(info.mode());
  findings->crossed_mount = target.asked.start_mount != 0 &&
                            info.mount_id() != target.asked.start_mount;
  if (!target.request.kinds.Contains(info.mode())) {
    return FsStatus::Refused(EACCES, Refusal::kKind);
  }
  if (StaysOnMount(target) &&
      (findings->crossed_mount || target.asked.start_mount == 0)) {
    return FsStatus::Refused(EXDEV, Refusal::kMount);
  }
  FsStatus status = JudgeIdentity(target.request.rights, info, target.name,
                                  *target.asked.call);
  if (!status.ok()) return status;
  const HardLinks links =
      writing ? options_.hard_links_writing : options_.hard_links_reading;
  if (findings->hard_linked && links == HardLinks::kRefuse) {
    return FsStatus::Refused(EACCES, Refusal::kHardLink);
  }
  // Where the table places it.
  const bool as_placed =
      target.mount != nullptr && target.mount->id == info.mount_id();
  if ((!as_placed || target.mount->may_fold_names) &&
      !IsSpelledRight(target.name, fd, info)) {
    return FsStatus::Error(ENOENT);
  }
  // Nothing can be made in a procfs.
  return findings->created ? FsStatus() : JudgeProcfs(target, fd, info);
}

FsStatus ObjectJudge::JudgeIdentity(Rights rights, const ObjectInfo& info,
                                    absl::string_view name,
                                    const OneCall& call) const {
  if (!monitor_.KnowsIdentities()) return FsStatus();
  const Verdict verdict =
      monitor_.CheckIdentityIn(call.kept.get(), rights, info.identity(), name);
  return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, name);
}

FsStatus ObjectJudge::JudgeEntry(Rights rights, const ObjectInfo& directory,
                                 absl::string_view name,
                                 const OneCall& call) const {
  if (!monitor_.KnowsEntries()) return FsStatus();
  const Verdict verdict = monitor_.CheckEntryIn(call.kept.get(), rights,
                                                directory.identity(), name);
  return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, name);
}

// A file must not come into being where it may not be.
FsStatus ObjectJudge::JudgeDirectory(const Target& target,
                                     int directory) const {
  ObjectInfo info;
  const int error = Inspect(directory, &info);
  if (error != 0) return FsStatus::Error(error);
  if (StaysOnMount(target) && (target.asked.start_mount == 0 ||
                               info.mount_id() != target.asked.start_mount)) {
    return FsStatus::Refused(EXDEV, Refusal::kMount);
  }
  FsStatus status =
      JudgeEntry(target.request.rights, info, target.name, *target.asked.call);
  if (!status.ok()) return status;
  return IsSpelledRight(CutLast(target.name).directory, directory, info)
             ? FsStatus()
             : FsStatus::Error(ENOENT);
}

FsStatus ObjectJudge::JudgeProcfs(const Target& target, int fd,
                                  const ObjectInfo& info) const {
  // A procfs has no block device, and its files take up no blocks. Its device
  // number may have been another's when the mounts were read.
  if (info.raw.stx_dev_major != 0 || info.raw.stx_blocks != 0 ||
      !IsInProcfs(fd)) {
    return FsStatus();
  }
  std::string root;
  const std::string place = PlaceOfProcfs(target.name, info, &root);
  if (!target.request.rights.Contains(Right::kWrite) && !root.empty() &&
      IsPublicInProcfs(root, target.name.substr(place.size()))) {
    return FsStatus();
  }
  OneCall& call = *target.asked.call;
  const Rights rights = target.request.rights;
  const Verdict verdict =
      call.foresees
          ? monitor_.CheckNamed(rights, target.name, place)
          : monitor_.EnforceNamedIn(&call.kept, rights, target.name, place);
  return verdict.allowed ? FsStatus() : FsStatus::Denied(verdict, target.name);
}

std::string ObjectJudge::PlaceOfProcfs(absl::string_view name,
                                       const ObjectInfo& info,
                                       std::string* root) const {
  const Mount* mount = mounts_.FindById(info.mount_id());
  // By place as well: mounts can be moved.
  if (mount != nullptr && mount->type == "proc" &&
      mounts_.Find(name) == mount) {
    *root = mount->root;
    return mount->point;
  }
  if (info.mount_id() == 0) return std::string(name);
  // It is younger than the table: the last directory upwards on the same mount.
  absl::string_view place = name;
  ObjectInfo above = info, at = info;
  while (place != "/") {
    const size_t slash = place.rfind('/');
    const absl::string_view parent = slash == 0 ? "/" : place.substr(0, slash);
    const Opened opened = kernel_.Open(parent, O_PATH | O_DIRECTORY);
    if (opened.error != 0 || Inspect(opened.fd.get(), &above) != 0 ||
        above.mount_id() != info.mount_id()) {
      break;
    }
    at = above;
    place = parent;
  }
  constexpr uint64_t kProcRoot = 1;  // PROC_ROOT_INO of linux/proc_fs.h
  if (at.raw.stx_ino == kProcRoot) *root = "/";
  return std::string(place);
}

bool ObjectJudge::MayFold(absl::string_view name, int fd,
                          const ObjectInfo& info,
                          absl::string_view* place) const {
  const Mount* mount = info.mount_id() == 0 ? mounts_.Find(name)
                                            : mounts_.FindById(info.mount_id());
  // The mount may be younger than the table.
  *place = mount != nullptr ? absl::string_view(mount->point) : "/";
  return mount != nullptr ? mount->may_fold_names : MayFoldNames(fd);
}

bool ObjectJudge::IsSpelledRight(absl::string_view name, int fd,
                                 const ObjectInfo& info) const {
  absl::string_view place;
  return !MayFold(name, fd, info, &place) ||
         IsSpelledAsStored(kernel_, name, place);
}

bool ObjectJudge::DirectoryMatters(const Target& target) const {
  return StaysOnMount(target) || monitor_.KnowsEntries() ||
         !mounts_.complete() ||
         (target.mount != nullptr && target.mount->may_fold_names);
}

}  // namespace fs
}  // namespace postern
