#ifndef POSTERN_PERMISSION_BACKSTOP_FILE_ROWS_H_
#define POSTERN_PERMISSION_BACKSTOP_FILE_ROWS_H_

#include <vector>

#include "permission/backstop/file_rules.h"
#include "permission/backstop/file_tree.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/report.h"

namespace postern {

struct FileRowTerms {
  int landlock_abi = 0;
  // The filter refuses changes of metadata; to watch any file.
  bool refuses_metadata = false;
  bool refuses_watching = false;
};

// Adds what is to be said of each rule for fs.read and fs.write, and of what no
// rule grants.
void AddFileRows(const PolicyRights& rights, const FileRules& rules,
                 const FileTree& tree, const LowerOptions& options,
                 const FileRowTerms& terms, std::vector<EnforcementRow>* rows);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_FILE_ROWS_H_
