#include "permission/approval/internal/pattern_index.h"

#include "permission/approval/internal/canonical.h"

namespace postern {
namespace internal {

std::string PatternKey(const RulePattern& pattern) {
  CanonicalWriter writer("pattern");
  writer.Pattern(pattern);
  return writer.bytes();
}

PatternIndex::PatternIndex(const std::vector<PermissionRequest>& requests) {
  for (const PermissionRequest& request : requests) {
    PermissionSet& set = permissions_[PatternKey(request.pattern)];
    set = set | request.permissions;
  }
}

PermissionSet PatternIndex::Find(const RulePattern& pattern) const {
  const auto found = permissions_.find(PatternKey(pattern));
  return found == permissions_.end() ? PermissionSet() : found->second;
}

}  // namespace internal
}  // namespace postern
