#include "permission/backstop/mask_finder.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace {

// A name that no rule is likely to have.
constexpr absl::string_view kNewName = ".postern-new";

bool IsAboutFiles(const Rule& rule) {
  const bool files = rule.permissions.Contains(Permission::kFsRead) ||
                     rule.permissions.Contains(Permission::kFsWrite);
  return files && rule.pattern.kind() == RulePattern::Kind::kText;
}

}  // namespace

MaskFinder::MaskFinder(const PolicyRights& rights, const FileTree& tree)
    : rights_(rights), tree_(tree) {
  for (const PolicyRights::PlacedRule& placed : rights.rules()) {
    if (placed.rule.effect != Effect::kAllow && IsAboutFiles(placed.rule)) {
      denials_.push_back(&placed.paths);
    }
  }
}

absl::optional<std::vector<std::string>> MaskFinder::Find(
    Permission permission, const std::string& directory) const {
  std::vector<std::string> masks;
  if (rights_.Dropped(Permission::kFsRead) ||
      rights_.Dropped(Permission::kFsWrite) ||
      !FindIn(permission, directory, &masks) ||
      !RulesAreCovered(directory, masks)) {
    return absl::nullopt;
  }
  return masks;
}

bool MaskFinder::FindIn(Permission permission, const std::string& directory,
                        std::vector<std::string>* masks) const {
  constexpr size_t kMaxMasks = 1000;
  std::vector<FileTree::Entry> entries;
  if (!GrantsNewNames(permission, directory) ||
      !tree_.List(directory, &entries)) {
    return false;
  }
  for (const FileTree::Entry& entry : entries) {
    const std::string path = EntryPath(directory, entry.name);
    if (rights_.AllowsSubtree(permission, path)) continue;
    if (IsHidden(path)) {
      masks->push_back(path);
      if (masks->size() > kMaxMasks) return false;
    } else if (permission == Permission::kFsWrite ||
               entry.kind != FileTree::Kind::kDirectory ||
               !rights_.AllowsPath(permission, path) ||
               !FindIn(permission, path, masks)) {
      return false;
    }
  }
  return true;
}

// Nothing of it is granted, now or later. A link cannot be hidden.
bool MaskFinder::IsHidden(const std::string& path) const {
  const std::string below = EntryPath(path, kNewName);
  if (tree_.KindOf(path) == FileTree::Kind::kLink) return false;
  for (const Permission permission :
       {Permission::kFsRead, Permission::kFsWrite}) {
    if (rights_.AllowsPath(permission, path) ||
        rights_.AllowsPath(permission, below)) {
      return false;
    }
  }
  return rights_.IsUniformBelow(path);
}

bool MaskFinder::GrantsNewNames(Permission permission,
                                const std::string& directory) const {
  return rights_.AllowsSubtree(permission, EntryPath(directory, kNewName));
}

// Each denial within the directory is for what is hidden.
bool MaskFinder::RulesAreCovered(const std::string& directory,
                                 const std::vector<std::string>& masks) const {
  const auto is_covered = [&](const std::string& path) {
    return IsWithin(directory, path) ||
           std::any_of(
               masks.begin(), masks.end(),
               [&](const std::string& mask) { return IsWithin(path, mask); });
  };
  return std::all_of(
      denials_.begin(), denials_.end(), [&](const RulePaths* rule) {
        if (!rule->Touches(directory)) return true;
        if (rule->HasWildcards()) return false;
        const std::vector<std::string> paths = rule->Literals();
        return std::all_of(
            paths.begin(), paths.end(), [&](const std::string& path) {
              return !IsWithin(path, directory) || is_covered(path);
            });
      });
}

}  // namespace postern
