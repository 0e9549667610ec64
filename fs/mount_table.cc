#include "fs/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace fs {
namespace {

// Far beyond the kernel's own limit of mounts (fs.mount-max is 100,000).
constexpr size_t kMaxBytes = size_t{64} << 20;

// Bytes that would end a field are written \040 there.
std::string Unescape(absl::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && digit(text[i + 1]) &&
        digit(text[i + 2]) && digit(text[i + 3])) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 +
                                      (text[i + 2] - '0') * 8 + text[i + 3] -
                                      '0'));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool HasOption(absl::string_view options, absl::string_view wanted) {
  for (absl::string_view option : absl::StrSplit(options, ',')) {
    if (option == wanted) return true;
  }
  return false;
}

// File systems that compare names byte by byte. The others fold case, or may:
// vfat, exfat, ntfs, cifs, hfs, fuse, 9p, ... ext4 and f2fs fold only in
// directories that were made so (chattr +F), which no mount table tells.
bool ComparesBytes(absl::string_view type, absl::string_view options) {
  static constexpr absl::string_view kTypes[] = {
      "autofs",     "binfmt_misc", "bpf",       "btrfs",    "cgroup",
      "cgroup2",    "configfs",    "debugfs",   "devpts",   "devtmpfs",
      "efivarfs",   "erofs",       "ext2",      "ext3",     "ext4",
      "f2fs",       "hugetlbfs",   "mqueue",    "nfs",      "nfs4",
      "nsfs",       "overlay",     "proc",      "pstore",   "ramfs",
      "rpc_pipefs", "securityfs",  "selinuxfs", "squashfs", "sysfs",
      "tmpfs",      "tracefs",     "xfs"};
  for (absl::string_view known : kTypes) {
    if (type == known) return options.find("casefold") == options.npos;
  }
  return false;
}

bool ParseDevice(absl::string_view text, dev_t* device) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  unsigned major_number = 0, minor_number = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &major_number) ||
      !absl::SimpleAtoi(parts[1], &minor_number)) {
    return false;
  }
  *device = makedev(major_number, minor_number);
  return true;
}

bool ParseMount(absl::string_view line, Mount* mount) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
  const auto dash = std::find(fields.begin(), fields.end(), "-");
  if (dash - fields.begin() < 6 || fields.end() - dash < 4) return false;
  if (!absl::SimpleAtoi(fields[0], &mount->id) ||
      !absl::SimpleAtoi(fields[1], &mount->parent) ||
      !ParseDevice(fields[2], &mount->device)) {
    return false;
  }
  mount->root = Unescape(fields[3]);
  mount->point = Unescape(fields[4]);
  mount->nodev = HasOption(fields[5], "nodev");
  mount->type = std::string(dash[1]);
  mount->may_fold_names = !ComparesBytes(dash[1], dash[3]);
  return !mount->point.empty() && mount->point[0] == '/';
}

bool LiesIn(absl::string_view name, absl::string_view place) {
  if (place.size() == 1) return true;  // the root
  // Most names fail here, before their bytes are compared.
  const bool ends = name.size() == place.size() ||
                    (name.size() > place.size() && name[place.size()] == '/');
  return ends && name.substr(0, place.size()) == place;
}

}  // namespace

MountTable::MountTable(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    Mount mount;
    if (ParseMount(line, &mount)) mounts_.push_back(std::move(mount));
  }
  DropHidden();
  any_folds_names_ =
      std::any_of(mounts_.begin(), mounts_.end(),
                  [](const Mount& mount) { return mount.may_fold_names; });
  // Later lines are mounted over earlier ones.
  std::reverse(mounts_.begin(), mounts_.end());
  std::stable_sort(mounts_.begin(), mounts_.end(),
                   [](const Mount& a, const Mount& b) {
                     return a.point.size() > b.point.size();
                   });
  complete_ = Find("/") != nullptr;
  for (const Mount& mount : mounts_) {
    if (mount.type == "proc") procfs_.push_back(mount.point);
  }
}

// A mount on a directory above the place of another one with the same parent
// came later, else it were the parent; it hides the other, and all on that.
void MountTable::DropHidden() {
  absl::flat_hash_set<std::pair<uint64_t, absl::string_view>> places;
  for (const Mount& mount : mounts_) {
    places.insert({mount.parent, mount.point});
  }
  absl::flat_hash_set<uint64_t> hidden;
  for (const Mount& mount : mounts_) {
    absl::string_view above = mount.point;
    bool hides = hidden.contains(mount.parent);
    while (!hides && above.size() > 1) {
      const size_t slash = above.rfind('/');
      above = above.substr(0, slash == 0 ? 1 : slash);
      // Not the parent itself, which has another parent than this.
      hides = places.contains({mount.parent, above});
    }
    if (hides) hidden.insert(mount.id);
  }
  mounts_.erase(std::remove_if(mounts_.begin(), mounts_.end(),
                               [&](const Mount& mount) {
                                 return hidden.contains(mount.id);
                               }),
                mounts_.end());
}

absl::StatusOr<MountTable> MountTable::Read() {
  const FileDescriptor file(
      open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[16384];
  int error = file.valid() ? 0 : errno;
  while (error == 0 && text.size() <= kMaxBytes) {
    const ssize_t size = read(file.get(), buffer, sizeof(buffer));
    if (size == 0) return MountTable(text);
    if (size < 0) {
      error = errno;
    } else {
      text.append(buffer, static_cast<size_t>(size));
    }
  }
  if (!IsShortage(error)) return MountTable();
  return absl::ResourceExhaustedError(
      absl::StrCat("cannot read the mounts: ", strerror(error)));
}

bool MountTable::IsInProcfs(absl::string_view name) const {
  return std::any_of(
      procfs_.begin(), procfs_.end(),
      [&](const std::string& place) { return LiesIn(name, place); });
}

bool MayFoldNames(int fd) {
  struct statfs st;
  if (fstatfs(fd, &st) != 0) return true;
  switch (static_cast<unsigned>(st.f_type)) {
    case AUTOFS_SUPER_MAGIC:
    case BPF_FS_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case EROFS_SUPER_MAGIC_V1:
    case EXT4_SUPER_MAGIC:  // ext2 and ext3 have the same
    case F2FS_SUPER_MAGIC:
    case HUGETLBFS_MAGIC:
    case NFS_SUPER_MAGIC:
    case NSFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case PROC_SUPER_MAGIC:
    case RAMFS_MAGIC:
    case SECURITYFS_MAGIC:
    case SQUASHFS_MAGIC:
    case SYSFS_MAGIC:
    case TMPFS_MAGIC:
    case TRACEFS_MAGIC:
    case XFS_SUPER_MAGIC:
      return false;
    default:
      return true;
  }
}

const Mount* MountTable::Find(absl::string_view name) const {
  for (const Mount& mount : mounts_) {
    if (LiesIn(name, mount.point)) return &mount;
  }
  return nullptr;
}

const Mount* MountTable::FindById(uint64_t id) const {
  for (const Mount& mount : mounts_) {
    if (mount.id == id) return &mount;
  }
  return nullptr;
}

}  // namespace fs
}  // namespace postern
