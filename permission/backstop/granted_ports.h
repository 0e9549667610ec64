#ifndef POSTERN_PERMISSION_BACKSTOP_GRANTED_PORTS_H_
#define POSTERN_PERMISSION_BACKSTOP_GRANTED_PORTS_H_

#include "absl/types/optional.h"
#include "net/endpoint_pattern.h"
#include "permission/backstop/net_rules.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/port_set.h"

namespace postern {

// The ports that a rule's pattern is for, at whatever hosts; none for unix
// sockets and vsock.
PortSet PortsOf(const net::EndpointPattern& pattern);

// What a rule is about: nullopt for a whole permission, and for what is no
// endpoint.
absl::optional<net::EndpointPattern> EndpointOf(const RulePattern& pattern);

// Whether a rule is for net.connect or net.listen as such, by its pattern.
bool IsForEndpoints(const RulePattern& pattern);

// every_host, some_host and whole of the policy for one permission; nothing of
// what the kernel does.
PortGrant FindGrantedPorts(const PolicyRights& rights, Permission permission);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_GRANTED_PORTS_H_
