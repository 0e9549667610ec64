#ifndef POSTERN_PERMISSION_APPROVAL_MANIFEST_H_
#define POSTERN_PERMISSION_APPROVAL_MANIFEST_H_

#include <string>
#include <vector>

#include "permission/principal.h"
#include "permission/rule.h"

namespace postern {

// One thing that an app asks for.
struct PermissionRequest {
  PermissionSet permissions;
  RulePattern pattern;
  std::string reason;  // the app's words; shown to whoever approves
  RuleSource source;   // file, line and column in the manifest
};

// What an app asks for, as its author wrote it. Grants nothing by itself.
struct Manifest {
  Principal app;
  std::string title;  // for people; may be empty
  std::vector<PermissionRequest> requests;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_MANIFEST_H_
