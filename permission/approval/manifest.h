#ifndef POSTERN_PERMISSION_APPROVAL_MANIFEST_H_
#define POSTERN_PERMISSION_APPROVAL_MANIFEST_H_

#include <string>
#include <vector>

#include "net/csp/directive.h"
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

// One word of a Content-Security-Policy that the app's pages ask for beyond the
// host's base set: a source or token of a directive. See csp_request.h.
struct CspRequest {
  csp::Directive directive = csp::Directive::kDefaultSrc;
  std::string word;    // canonical; "" = the directive alone, as "sandbox"
  std::string reason;  // as above
  RuleSource source;   // where the directive stands in the manifest
};

// What an app asks for, as its author wrote it. Grants nothing by itself.
struct Manifest {
  Principal app;
  std::string title;  // for people; may be empty
  std::vector<PermissionRequest> requests;
  std::vector<CspRequest> csp;  // in the order of the manifest
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_MANIFEST_H_
