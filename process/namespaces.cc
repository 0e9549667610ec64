#include "process/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "process/masks.h"
#include "process/open_without_links.h"

namespace postern {
namespace process {
namespace {

using Outcome = PreparedNamespaces::Outcome;

std::string Quote(absl::string_view path) {
  return absl::StrCat("\"", absl::CHexEscape(path), "\"");
}

// ---------------------------------------------------------------- preparing

bool IsPlain(absl::string_view path) {
  if (path == "/") return true;
  if (path.empty() || path[0] != '/') return false;
  for (absl::string_view part : absl::StrSplit(path.substr(1), '/')) {
    if (part.empty() || part == "." || part == ".." ||
        part.find('\0') != absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

absl::Status CheckMask(const Mask& mask) {
  if (!IsPlain(mask.path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the mask for ", Quote(mask.path),
                     " needs an absolute path without \".\" and \"..\""));
  }
  if (mask.path == "/" && mask.kind == Mask::Kind::kHidden) {
    return absl::InvalidArgumentError("the root directory cannot be hidden");
  }
  return absl::OkStatus();
}

bool IsAtOrBeneath(absl::string_view path, absl::string_view above) {
  return path == above || absl::StartsWith(path, absl::StrCat(above, "/"));
}

// Parents first; of one path, the mask that hides first.
bool ComesBefore(const Mask& a, const Mask& b) {
  const auto depth = [](const Mask& mask) {
    return mask.path == "/"
               ? 0
               : std::count(mask.path.begin(), mask.path.end(), '/');
  };
  if (depth(a) != depth(b)) return depth(a) < depth(b);
  if (a.path != b.path) return a.path < b.path;
  return a.kind == Mask::Kind::kHidden && b.kind != Mask::Kind::kHidden;
}

std::vector<Mask> InOrder(std::vector<Mask> masks) {
  std::sort(masks.begin(), masks.end(), ComesBefore);
  std::vector<Mask> made;
  for (Mask& mask : masks) {
    const bool covered =
        std::any_of(made.begin(), made.end(), [&mask](const Mask& above) {
          return above.kind == Mask::Kind::kHidden
                     ? IsAtOrBeneath(mask.path, above.path)
                     : mask.path == above.path && mask.kind == above.kind;
        });
    if (!covered) made.push_back(std::move(mask));
  }
  return made;
}

int FlagsOf(const NamespacePlan& plan) {
  return (plan.user ? CLONE_NEWUSER : 0) | (plan.mount ? CLONE_NEWNS : 0) |
         (plan.network ? CLONE_NEWNET : 0) | (plan.pid ? CLONE_NEWPID : 0) |
         (plan.ipc ? CLONE_NEWIPC : 0) | (plan.uts ? CLONE_NEWUTS : 0);
}

// ---------------------------------------------------- between fork and exec

bool WriteWhole(const char* file, const char* text, size_t size) {
  const fs::FileDescriptor fd(open(file, O_WRONLY | O_CLOEXEC));
  return fd.valid() &&
         write(fd.get(), text, size) == static_cast<ssize_t>(size);
}

bool IsAbsent(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES;
}

// The errno.
int MakeMask(const Mask& mask, const EmptyObjects& objects, bool* absent) {
  if (mask.path == "/") return MakeRootReadOnly();
  const fs::FileDescriptor target(OpenWithoutLinks(mask.path.c_str()));
  if (!target.valid()) {
    if (!IsAbsent(errno)) return errno;
    if (absent != nullptr) *absent = true;
    return 0;
  }
  return mask.kind == Mask::Kind::kHidden ? objects.MountOver(target.get())
                                          : MountReadOnly(target.get());
}

// The way to the working directory from the root, which masks may now cover.
class WorkingDirectory {
 public:
  // Before the masks are made.
  bool Remember() {
    return syscall(SYS_getcwd, path_, sizeof(path_)) > 0 &&
           stat(".", &info_) == 0;
  }
  // Enters it again, through what is mounted now. The errno.
  int Return() const {
    if (path_[0] != '/') return 0;  // not beneath the root, nor any mask
    struct stat now;
    const fs::FileDescriptor fd(OpenWithoutLinks(path_));
    if (!fd.valid() || fstat(fd.get(), &now) != 0) return EACCES;
    if (now.st_dev != info_.st_dev || now.st_ino != info_.st_ino) return EACCES;
    return fchdir(fd.get()) == 0 ? 0 : errno;
  }

 private:
  char path_[4096];
  struct stat info_;
};

}  // namespace

absl::StatusOr<PreparedNamespaces> PreparedNamespaces::Prepare(
    const NamespacePlan& plan) {
  if (!plan.masks.empty() && !plan.mount) {
    return absl::InvalidArgumentError("masks need a mount namespace");
  }
  for (const Mask& mask : plan.masks) {
    absl::Status status = CheckMask(mask);
    if (!status.ok()) return status;
  }
  PreparedNamespaces prepared;
  prepared.flags_ = FlagsOf(plan);
  prepared.masks_ = InOrder(plan.masks);
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  prepared.uid_map_ = absl::StrCat(uid, " ", uid, " 1\n");
  prepared.gid_map_ = absl::StrCat(gid, " ", gid, " 1\n");
  return prepared;
}

Outcome PreparedNamespaces::Unshare() const {
  if (flags_ != 0 && unshare(flags_) != 0) return {errno, "unshare", -1};
  return {};
}

Outcome PreparedNamespaces::MapIds() const {
  if ((flags_ & CLONE_NEWUSER) == 0) return {};
  // Without this, only root may map groups (user_namespaces(7)).
  if (!WriteWhole("/proc/self/setgroups", "deny", 4) ||
      !WriteWhole("/proc/self/uid_map", uid_map_.data(), uid_map_.size()) ||
      !WriteWhole("/proc/self/gid_map", gid_map_.data(), gid_map_.size())) {
    return {errno, "id maps", -1};
  }
  return {};
}

Outcome PreparedNamespaces::SetUpNetwork() const {
  if ((flags_ & CLONE_NEWNET) == 0) return {};
  const fs::FileDescriptor any(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  struct ifreq loopback = {};
  memcpy(loopback.ifr_name, "lo", sizeof("lo"));
  if (!any.valid() || ioctl(any.get(), SIOCGIFFLAGS, &loopback) != 0) {
    return {errno, "loopback", -1};
  }
  loopback.ifr_flags = static_cast<short>(loopback.ifr_flags | IFF_UP);
  if (ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0) {
    return {errno, "loopback", -1};
  }
  return {};
}

Outcome PreparedNamespaces::MakeMasks(bool* absent) const {
  if ((flags_ & CLONE_NEWNS) == 0) return {};
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return {errno, "private mounts", -1};
  }
  if (masks_.empty()) return {};
  WorkingDirectory directory;
  EmptyObjects objects;
  if (!directory.Remember()) return {errno, "working directory", -1};
  int error = objects.Make();
  if (error != 0) return {error, "empty objects", -1};
  for (size_t i = 0; i < masks_.size(); ++i) {
    bool* const there = absent == nullptr ? nullptr : absent + i;
    if (there != nullptr) *there = false;
    error = MakeMask(masks_[i], objects, there);
    if (error != 0) return {error, "mask", static_cast<int>(i)};
  }
  error = objects.Remove();
  if (error != 0) return {error, "empty objects", -1};
  error = directory.Return();
  if (error != 0) return {error, "working directory", -1};
  return {};
}

Outcome PreparedNamespaces::Enter(bool* absent) const {
  Outcome outcome = Unshare();
  if (outcome.error == 0) outcome = MapIds();
  if (outcome.error == 0) outcome = SetUpNetwork();
  if (outcome.error == 0) outcome = MakeMasks(absent);
  return outcome;
}

std::string DescribeNamespaces(const NamespacePlan& plan) {
  std::string text;
  const std::pair<bool, const char*> kinds[] = {
      {plan.user, "user namespace, with the same ids"},
      {plan.mount, "mount namespace"},
      {plan.network, "network namespace, with loopback only"},
      {plan.pid, "pid namespace"},
      {plan.ipc, "ipc namespace"},
      {plan.uts, "uts namespace"},
  };
  for (const auto& kind : kinds) {
    if (kind.first) absl::StrAppend(&text, kind.second, "\n");
  }
  for (const Mask& mask : InOrder(plan.masks)) {
    absl::StrAppend(&text,
                    mask.kind == Mask::Kind::kHidden ? "hide " : "read-only ",
                    Quote(mask.path), "\n");
  }
  return text;
}

}  // namespace process
}  // namespace postern
