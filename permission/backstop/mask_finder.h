#ifndef POSTERN_PERMISSION_BACKSTOP_MASK_FINDER_H_
#define POSTERN_PERMISSION_BACKSTOP_MASK_FINDER_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "permission/backstop/file_tree.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/rule_paths.h"
#include "permission/permission.h"

namespace postern {

// Finds what must be hidden of a directory so that the rest of it can be
// granted in full, with what is made there later. Borrows all.
class MaskFinder {
 public:
  MaskFinder(const PolicyRights& rights, const FileTree& tree);

  // The paths to hide, of what is there, so that `permission` may be granted on
  // `directory` and all beneath: for each neither reading nor writing is
  // granted. nullopt if masks cannot say it: a denied name is not there yet, is
  // a wildcard, or is only denied for one of both; or something was dropped; or
  // it lies deeper in a directory that may be written: who moves a directory
  // above a mask takes it along, and makes the name anew.
  absl::optional<std::vector<std::string>> Find(
      Permission permission, const std::string& directory) const;

 private:
  bool FindIn(Permission permission, const std::string& directory,
              std::vector<std::string>* masks) const;
  bool IsHidden(const std::string& path) const;
  bool GrantsNewNames(Permission permission,
                      const std::string& directory) const;
  bool RulesAreCovered(const std::string& directory,
                       const std::vector<std::string>& masks) const;

  const PolicyRights& rights_;
  const FileTree& tree_;
  std::vector<const RulePaths*> denials_;  // rules that deny or ask
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_MASK_FINDER_H_
