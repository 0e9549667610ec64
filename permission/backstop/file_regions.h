#ifndef POSTERN_PERMISSION_BACKSTOP_FILE_REGIONS_H_
#define POSTERN_PERMISSION_BACKSTOP_FILE_REGIONS_H_

#include <string>
#include <vector>

#include "permission/backstop/file_tree.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/mask_finder.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/report.h"
#include "permission/permission.h"

namespace postern {

// What a policy grants of the files that are there, in the terms of Landlock,
// which knows objects and all that lies beneath them.
struct FileRegions {
  // Somewhere beneath `path` more may be granted than is listed.
  struct Cut {
    std::string path;
    EnforcementReason reason;
  };
  // Files, and directories with all that is or will be beneath.
  std::vector<std::string> subtrees;
  // Directories that are granted, while something beneath is not; what is
  // granted beneath is listed too.
  std::vector<std::string> spines;
  // Directories that are granted, and nothing beneath.
  std::vector<std::string> lone;
  std::vector<Cut> cuts;
  // What must be hidden, so that the subtrees are granted without it.
  std::vector<std::string> masked;
};

// Asks `rights` about one permission from "/" down, and looks only into
// directories of which neither everything nor nothing is granted. What is
// beyond the limits, or cannot be read, is not granted. Links are not followed:
// a policy that is bound grants by canonical names.
// With `masks`, unless null, a directory of which all can be granted but what
// can be hidden is a subtree.
FileRegions FindRegions(const PolicyRights& rights, Permission permission,
                        const FileTree& tree, const RegionLimits& limits,
                        const MaskFinder* masks = nullptr);

// The same for a context that grants no more than when `within` was found: only
// what was granted then is looked at, which a confined process can still list.
FileRegions NarrowRegions(const PolicyRights& rights, Permission permission,
                          const FileTree& tree, const RegionLimits& limits,
                          const FileRegions& within);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_FILE_REGIONS_H_
