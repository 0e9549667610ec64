#include "permission/backstop/file_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "fs/mount_table.h"
#include "process/program_file.h"

namespace postern {
namespace {

FileTree::Kind KindOfMode(mode_t mode) {
  if (S_ISDIR(mode)) return FileTree::Kind::kDirectory;
  if (S_ISREG(mode)) return FileTree::Kind::kFile;
  if (S_ISLNK(mode)) return FileTree::Kind::kLink;
  if (S_ISCHR(mode) || S_ISBLK(mode)) return FileTree::Kind::kDevice;
  return FileTree::Kind::kOther;
}

FileTree::Kind KindAt(int directory, const char* name) {
  struct stat st = {};
  if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return FileTree::Kind::kMissing;
  }
  return KindOfMode(st.st_mode);
}

// As readdir(3) says it, without a look at the file; some file systems do not.
FileTree::Kind KindOfEntry(int directory, const dirent& entry) {
  switch (entry.d_type) {
    case DT_DIR:
      return FileTree::Kind::kDirectory;
    case DT_REG:
      return FileTree::Kind::kFile;
    case DT_LNK:
      return FileTree::Kind::kLink;
    case DT_CHR:
    case DT_BLK:
      return FileTree::Kind::kDevice;
    case DT_FIFO:
    case DT_SOCK:
      return FileTree::Kind::kOther;
    default:
      return KindAt(directory, entry.d_name);
  }
}

bool IsDots(absl::string_view name) { return name == "." || name == ".."; }

void ReadEntries(DIR* directory, std::vector<FileTree::Entry>* entries) {
  while (const dirent* entry = readdir(directory)) {
    if (IsDots(entry->d_name)) continue;
    const FileTree::Kind kind = KindOfEntry(dirfd(directory), *entry);
    if (kind != FileTree::Kind::kMissing) {
      entries->push_back({entry->d_name, kind});
    }
  }
  std::sort(entries->begin(), entries->end(),
            [](const FileTree::Entry& a, const FileTree::Entry& b) {
              return a.name < b.name;
            });
}

// The name that something in the directory `from` has in `to`.
std::string Move(const std::string& path, const std::string& from,
                 const std::string& to) {
  const absl::string_view rest =
      absl::string_view(path).substr(from == "/" ? 0 : from.size());
  if (rest.empty() || rest == "/") return to;
  return absl::StrCat(to == "/" ? "" : to, rest);
}

class KernelFileTree final : public FileTree {
 public:
  Kind KindOf(const std::string& path) const override {
    return KindAt(AT_FDCWD, path.c_str());
  }

  absl::optional<Device> DeviceAt(const std::string& path) const override {
    struct stat st = {};
    if (lstat(path.c_str(), &st) != 0) return absl::nullopt;
    if (KindOfMode(st.st_mode) != Kind::kDevice) return absl::nullopt;
    return Device{S_ISBLK(st.st_mode) ? 'b' : 'c', major(st.st_rdev),
                  minor(st.st_rdev)};
  }

  size_t NamesOf(const std::string& path) const override {
    struct stat st = {};
    if (lstat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return 0;
    return st.st_nlink;
  }

  std::vector<std::string> OtherPlacesOf(
      const std::string& path) const override {
    const absl::StatusOr<fs::MountTable> table = fs::MountTable::Read();
    const fs::Mount* const own = table.ok() ? table->Find(path) : nullptr;
    if (own == nullptr) return {};
    const std::string inside = Move(path, own->point, own->root);
    std::vector<std::string> places;
    for (const fs::Mount& mount : table->mounts()) {
      if (mount.device != own->device || mount.id == own->id) continue;
      if (IsWithin(inside, mount.root)) {
        places.push_back(Move(inside, mount.root, mount.point));
      } else if (IsWithin(mount.root, inside)) {
        places.push_back(mount.point);
      }
    }
    return places;
  }

  std::vector<std::string> InterpretersOf(
      const std::string& program) const override {
    const fs::FileDescriptor fd(
        open(program.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid() || KindOf(program) != Kind::kFile) return {};
    const process::ProgramFile file = process::InspectProgram(fd.get());
    const std::string& written =
        file.interpreter.empty() ? file.loader : file.interpreter;
    if (written.empty()) return {};
    const std::unique_ptr<char, void (*)(void*)> canonical(
        realpath(written.c_str(), nullptr), free);
    if (canonical == nullptr) return {};
    return {canonical.get()};
  }

  bool List(const std::string& path,
            std::vector<Entry>* entries) const override {
    fs::FileDescriptor fd(
        open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) return false;
    DIR* const directory = fdopendir(fd.get());
    if (directory == nullptr) return false;
    fd.Release();
    ReadEntries(directory, entries);
    closedir(directory);
    return true;
  }
};

class RememberingTree final : public FileTree {
 public:
  explicit RememberingTree(const FileTree& tree) : tree_(tree) {}

  Kind KindOf(const std::string& path) const override {
    const auto known = kinds_.find(path);
    if (known != kinds_.end()) return known->second;
    return kinds_[path] = tree_.KindOf(path);
  }
  bool List(const std::string& path,
            std::vector<Entry>* entries) const override {
    const auto known = lists_.find(path);
    if (known == lists_.end()) return ListAnew(path, entries);
    *entries = known->second.entries;
    return known->second.listed;
  }
  absl::optional<Device> DeviceAt(const std::string& path) const override {
    return tree_.DeviceAt(path);
  }
  std::vector<std::string> OtherPlacesOf(
      const std::string& path) const override {
    return tree_.OtherPlacesOf(path);
  }
  size_t NamesOf(const std::string& path) const override {
    return tree_.NamesOf(path);
  }
  std::vector<std::string> InterpretersOf(
      const std::string& program) const override {
    return tree_.InterpretersOf(program);
  }

 private:
  struct Listing {
    bool listed;
    std::vector<Entry> entries;
  };

  bool ListAnew(const std::string& path, std::vector<Entry>* entries) const {
    Listing listing;
    listing.listed = tree_.List(path, &listing.entries);
    *entries = listing.entries;
    const bool listed = listing.listed;
    lists_[path] = std::move(listing);
    return listed;
  }

  const FileTree& tree_;
  mutable std::unordered_map<std::string, Kind> kinds_;
  mutable std::unordered_map<std::string, Listing> lists_;
};

}  // namespace

std::unique_ptr<FileTree> MakeKernelFileTree() {
  return absl::make_unique<KernelFileTree>();
}

std::unique_ptr<FileTree> MakeRememberingTree(const FileTree& tree) {
  return absl::make_unique<RememberingTree>(tree);
}

std::string EntryPath(absl::string_view directory, absl::string_view name) {
  return absl::StrCat(directory == "/" ? "" : directory, "/", name);
}

bool IsWithin(absl::string_view path, absl::string_view directory) {
  return directory == "/" ||
         (absl::StartsWith(path, directory) &&
          (path.size() == directory.size() || path[directory.size()] == '/'));
}

absl::string_view ParentOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace postern
