#include "permission/backstop/file_rules.h"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>

#include "absl/types/optional.h"
#include "permission/access.h"
#include "permission/backstop/mask_finder.h"

namespace postern {
namespace {

namespace landlock = process::landlock;

constexpr uint64_t kRead = landlock::kReadFile | landlock::kReadDir;
// Devices cannot be made, whatever is granted.
constexpr uint64_t kEntries = landlock::kRemoveDir | landlock::kRemoveFile |
                              landlock::kMakeDir | landlock::kMakeReg |
                              landlock::kMakeSock | landlock::kMakeFifo |
                              landlock::kMakeSym | landlock::kRefer;
constexpr uint64_t kWrite =
    landlock::kWriteFile | landlock::kTruncate | kEntries;
constexpr uint64_t kDevice =
    landlock::kReadFile | landlock::kWriteFile | landlock::kIoctlDev;

// Rights by path, each path once.
class RightsByPath {
 public:
  void Add(const std::vector<std::string>& paths, uint64_t access) {
    if (access == 0) return;
    for (const std::string& path : paths) rights_[path] |= access;
  }
  std::vector<process::LandlockRules::Beneath> Take(uint64_t handled) const {
    std::vector<process::LandlockRules::Beneath> rules;
    for (const auto& entry : rights_) {
      const uint64_t access = entry.second & handled;
      if (access != 0) rules.push_back({entry.first, access});
    }
    return rules;
  }

 private:
  std::map<std::string, uint64_t> rights_;
};

void AddDevicesBelow(const std::string& path, const FileTree& tree,
                     std::vector<std::string>* devices) {
  switch (tree.KindOf(path)) {
    case FileTree::Kind::kDevice:
      devices->push_back(path);
      return;
    case FileTree::Kind::kDirectory: {
      std::vector<FileTree::Entry> entries;
      if (!tree.List(path, &entries)) return;
      for (const FileTree::Entry& entry : entries) {
        AddDevicesBelow(EntryPath(path, entry.name), tree, devices);
      }
      return;
    }
    case FileTree::Kind::kMissing:
    case FileTree::Kind::kFile:
    case FileTree::Kind::kLink:
    case FileTree::Kind::kOther:
      return;
  }
}

// Devices live in /dev; a grant of more is for those.
std::vector<std::string> DevicesIn(const FileRegions& regions,
                                   const FileTree& tree) {
  std::vector<std::string> devices;
  for (const std::string& path : regions.subtrees) {
    const bool everything = path == "/";
    AddDevicesBelow(everything ? "/dev" : path, tree, &devices);
  }
  return devices;
}

bool IsOfFiles(Permission permission) {
  return permission == Permission::kFsRead ||
         permission == Permission::kFsWrite;
}

std::vector<process::Mask> MasksOf(
    std::initializer_list<const FileRegions*> regions) {
  std::set<std::string> paths;
  for (const FileRegions* part : regions) {
    paths.insert(part->masked.begin(), part->masked.end());
  }
  std::vector<process::Mask> masks;
  for (const std::string& path : paths) {
    masks.push_back({path, process::Mask::Kind::kHidden});
  }
  return masks;
}

}  // namespace

FileRules FindFileRules(const PolicyRights& rights, const FileTree& tree,
                        const LowerOptions& options, bool can_mask) {
  absl::optional<MaskFinder> masks;
  if (options.masks && can_mask) masks.emplace(rights, tree);
  const auto find = [&](Permission permission, const FileRegions* within) {
    return within == nullptr
               ? FindRegions(rights, permission, tree, options.regions,
                             masks.has_value() && IsOfFiles(permission)
                                 ? &*masks
                                 : nullptr)
               : NarrowRegions(rights, permission, tree, options.regions,
                               *within);
  };
  const FileRules* const within = options.within;
  FileRules rules;
  rules.read = find(Permission::kFsRead, within ? &within->read : nullptr);
  rules.write = find(Permission::kFsWrite, within ? &within->write : nullptr);
  rules.device_use =
      find(Permission::kDeviceUse, within ? &within->device_use : nullptr);
  rules.devices = DevicesIn(rules.device_use, tree);
  rules.masks = MasksOf({&rules.read, &rules.write});
  rules.programs = FindProgramRules(rights, tree, options);
  return rules;
}

process::LandlockRules ToLandlock(const FileRules& rules,
                                  const LowerOptions& options, int abi) {
  RightsByPath rights;
  rights.Add(rules.read.subtrees, kRead);
  rights.Add(rules.write.subtrees, kWrite);
  if (options.spines != SpineRights::kNone) {
    rights.Add(rules.read.spines, landlock::kReadDir);
    rights.Add(rules.read.lone, landlock::kReadDir);
  }
  if (options.spines == SpineRights::kAll) {
    rights.Add(rules.write.spines, kEntries);
    rights.Add(rules.write.lone, kEntries);
  }
  rights.Add(rules.devices, kDevice);
  // The kernel opens a program for reading to execute it (do_open_execat() of
  // fs/exec.c).
  constexpr uint64_t kStart = landlock::kExecute | landlock::kReadFile;
  rights.Add(rules.programs.programs, kStart);
  if (rules.programs.any) rights.Add({"/"}, landlock::kExecute);
  process::LandlockRules landlock;
  landlock.follow_links = false;
  landlock.handled_fs = landlock::FileRights(abi);
  landlock.beneath = rights.Take(landlock.handled_fs);
  return landlock;
}

}  // namespace postern
