#ifndef POSTERN_BINDINGS_CLI_PAGE_OVERVIEW_H_
#define POSTERN_BINDINGS_CLI_PAGE_OVERVIEW_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "permission/permission.h"
#include "permission/policy.h"

namespace postern {
namespace cli {

// How much of a permission a policy grants.
enum class Extent : uint8_t {
  kNothing,     // no rule that is in force grants any of it
  kPart,        // rules grant some of it, or seem to
  kMost,        // everything is granted, save for what narrower rules deny
  kEverything,  // for every resource
  kAsked,       // for every resource, after a person was asked
};

struct PermissionExtent {
  Permission permission = Permission::kUnknown;
  Extent extent = Extent::kNothing;
  size_t rules = 0;  // that name it, of all layers
};

// Of every permission, in their order. kEverything and kAsked are what
// Policy::Check() says of the whole; kNothing is certain too.
// `spec` is the policy's.
std::vector<PermissionExtent> ExtentsOf(const Policy& policy,
                                        const PolicySpec& spec, absl::Time now);

// Permissions whose names begin alike, which a page shows together.
struct PermissionGroup {
  const char* name;   // "fs"; "all" for rules about every permission
  const char* title;  // "Files"
};
absl::Span<const PermissionGroup> PermissionGroups();

// The name of the group that `permission` is in.
absl::string_view GroupOf(Permission permission);

// "read files and folders".
absl::string_view PermissionInWords(Permission permission);
// "in part".
absl::string_view ExtentInWords(Extent extent);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PAGE_OVERVIEW_H_
