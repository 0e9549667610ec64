#ifndef POSTERN_PERMISSION_GUARD_DENIED_NAMES_H_
#define POSTERN_PERMISSION_GUARD_DENIED_NAMES_H_

#include <string>
#include <vector>

#include "permission/policy.h"

namespace postern {

// All names (hard links) that a deny rule covers of the file which an absolute
// name leads to now, links followed; the name itself may be one of them. For
// who decides on names and does not open the file (TOCTOU): guarded files look
// by themselves. Known is what was there when the policy was bound; of one that
// is not bound, and of a name that leads nowhere, there is none.
std::vector<std::string> DeniedNames(const Policy& policy,
                                     const std::string& path);

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_DENIED_NAMES_H_
