#include "permission/backstop/file_regions.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/memory/memory.h"
#include "fs/path_components.h"
#include "permission/backstop/rule_paths.h"

namespace postern {
namespace {

using Kind = FileTree::Kind;

class Walk {
 public:
  Walk(const PolicyRights& rights, Permission permission, const FileTree& tree,
       const RegionLimits& limits, const MaskFinder* masks)
      : rights_(rights),
        permission_(permission),
        tree_(tree),
        limits_(limits),
        masks_(masks) {
    for (const PolicyRights::PlacedRule& placed : rights.rules()) {
      if (!placed.rule.permissions.Contains(permission)) continue;
      rules_.push_back(&placed.paths);
    }
  }

  void Visit(const std::string& path, Kind kind) {
    if (kind == Kind::kLink || kind == Kind::kMissing) return;
    if (kind == Kind::kDirectory) return VisitDirectory(path);
    if (rights_.AllowsPath(permission_, path)) AddSubtree(path);
  }

  // What is granted beneath a spine stands beside it.
  void VisitAlone(const std::string& path, std::vector<std::string>* list) {
    if (rights_.AllowsPath(permission_, path)) list->push_back(path);
  }
  FileRegions* regions() { return &regions_; }

  FileRegions Take() { return std::move(regions_); }

 private:
  void VisitDirectory(const std::string& path) {
    if (rights_.AllowsSubtree(permission_, path)) return AddSubtree(path);
    const bool ends = NothingBelow(path);
    if (rights_.AllowsPath(permission_, path)) {
      if (!ends && Mask(path)) return AddSubtree(path);
      (ends ? regions_.lone : regions_.spines).push_back(path);
    }
    if (!ends) VisitEntries(path);
  }

  // Whether all of it can be granted, with something hidden.
  bool Mask(const std::string& path) {
    if (masks_ == nullptr) return false;
    const auto found = masks_->Find(permission_, path);
    if (!found.has_value()) return false;
    std::vector<std::string>& masked = regions_.masked;
    masked.insert(masked.end(), found->begin(), found->end());
    return true;
  }

  // Whether certainly nothing strictly beneath is granted. Any name will do.
  bool NothingBelow(const std::string& path) const {
    return rights_.IsUniformBelow(path) &&
           !rights_.AllowsPath(permission_, EntryPath(path, "x"));
  }

  void VisitEntries(const std::string& path) {
    std::set<std::string> named;
    const bool all_named = AddNamesIn(path, &named);
    if (all_named && DeniesOthers(path, named)) return VisitNamed(path, named);
    std::vector<FileTree::Entry> entries;
    if (!tree_.List(path, &entries)) {
      Cut(path, EnforcementReason::kCannotList);
      return VisitNamed(path, named);
    }
    if (entries.size() > limits_.entries - seen_) {
      return Cut(path, EnforcementReason::kTooManyEntries);
    }
    seen_ += entries.size();
    for (const FileTree::Entry& entry : entries) {
      Visit(EntryPath(path, entry.name), entry.kind);
    }
  }

  // Of a directory that need not, or cannot, be listed: the names that rules
  // spell out. What is granted of them is still the context's to say.
  void VisitNamed(const std::string& directory,
                  const std::set<std::string>& names) {
    for (const std::string& name : names) {
      const std::string path = EntryPath(directory, name);
      Visit(path, tree_.KindOf(path));
    }
  }

  // False if a wildcard is for more names.
  bool AddNamesIn(const std::string& directory, std::set<std::string>* names) {
    if (!components_->Split("", directory)) return false;
    bool all = true;
    for (const RulePaths* rule : rules_) {
      all = rule->AddNamesIn(*components_, names) && all;
    }
    return all;
  }

  // Whether a name that no rule spells out is denied, and so are all others,
  // with what lies beneath: nothing tells them apart.
  bool DeniesOthers(const std::string& directory,
                    const std::set<std::string>& named) const {
    std::string other = "x";
    while (named.count(other) != 0) other += "x";
    return !rights_.AllowsPath(permission_, EntryPath(directory, other));
  }

  void AddSubtree(const std::string& path) {
    if (regions_.subtrees.size() < limits_.subtrees) {
      regions_.subtrees.push_back(path);
    } else {
      Cut(path, EnforcementReason::kTooManyEntries);
    }
  }

  // The first of a kind says enough.
  void Cut(const std::string& path, EnforcementReason reason) {
    constexpr size_t kMaxCuts = 100;
    if (regions_.cuts.size() < kMaxCuts) {
      regions_.cuts.push_back({path, reason});
    }
  }

  const PolicyRights& rights_;
  const Permission permission_;
  const FileTree& tree_;
  const RegionLimits limits_;
  const MaskFinder* const masks_;
  std::vector<const RulePaths*> rules_;
  // Of the directory that is looked at; large.
  const std::unique_ptr<fs::AnyPathComponents> components_ =
      absl::make_unique<fs::AnyPathComponents>();
  size_t seen_ = 0;
  FileRegions regions_;
};

}  // namespace

FileRegions FindRegions(const PolicyRights& rights, Permission permission,
                        const FileTree& tree, const RegionLimits& limits,
                        const MaskFinder* masks) {
  Walk walk(rights, permission, tree, limits, masks);
  walk.Visit("/", Kind::kDirectory);
  return walk.Take();
}

FileRegions NarrowRegions(const PolicyRights& rights, Permission permission,
                          const FileTree& tree, const RegionLimits& limits,
                          const FileRegions& within) {
  Walk walk(rights, permission, tree, limits, /*masks=*/nullptr);
  for (const std::string& path : within.subtrees) {
    walk.Visit(path, tree.KindOf(path));
  }
  for (const std::string& path : within.spines) {
    walk.VisitAlone(path, &walk.regions()->spines);
  }
  for (const std::string& path : within.lone) {
    walk.VisitAlone(path, &walk.regions()->lone);
  }
  walk.regions()->cuts.insert(walk.regions()->cuts.end(), within.cuts.begin(),
                              within.cuts.end());
  return walk.Take();
}

}  // namespace postern
