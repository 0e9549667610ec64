#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_ENDPOINT_EXTENT_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_ENDPOINT_EXTENT_H_

#include "absl/status/statusor.h"
#include "permission/permission.h"
#include "permission/rule.h"

namespace postern {
namespace internal {

// What an endpoint pattern covers that whoever approves it should know. Of
// every host, only that and the ports are told.
struct EndpointExtent {
  bool any_host = false;
  bool many_hosts = false;  // by wildcard, block or class
  bool any_port = false;
  // Itself, or what its name may lead to (resolves_to): of this machine, of
  // its network, and where clouds tell machines their credentials.
  bool local_address = false;
  bool metadata_address = false;
  bool local_socket = false;  // unix, abstract, vsock
};

// Whether all of them are applied to endpoints or host names; false for none.
bool AreForEndpoints(PermissionSet permissions);

// Of a pattern with text, for such permissions. InvalidArgument, as
// PolicyBuilder::Build has it, for what an allow rule cannot hold.
absl::StatusOr<EndpointExtent> ExtentOf(PermissionSet permissions,
                                        const RulePattern& pattern);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_ENDPOINT_EXTENT_H_
