#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_PATTERN_INDEX_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_PATTERN_INDEX_H_

#include <map>
#include <string>
#include <vector>

#include "permission/approval/manifest.h"

namespace postern {
namespace internal {

// The permissions that a list of requests holds for each pattern as written,
// whatever the order and however they are spread over the requests.
class PatternIndex {
 public:
  explicit PatternIndex(const std::vector<PermissionRequest>& requests);

  // Empty for a pattern that no request has.
  PermissionSet Find(const RulePattern& pattern) const;

 private:
  std::map<std::string, PermissionSet> permissions_;  // by canonical bytes
};

// Bytes that two patterns share only if they are equal.
std::string PatternKey(const RulePattern& pattern);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_PATTERN_INDEX_H_
