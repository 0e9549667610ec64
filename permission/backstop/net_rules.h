#ifndef POSTERN_PERMISSION_BACKSTOP_NET_RULES_H_
#define POSTERN_PERMISSION_BACKSTOP_NET_RULES_H_

#include <string>
#include <vector>

#include "permission/backstop/lower_options.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/port_set.h"
#include "permission/backstop/report.h"
#include "permission/permission.h"
#include "process/kernel_caps.h"
#include "process/landlock.h"
#include "process/syscall_rules.h"

namespace postern {

// What a policy grants of ports, and what the kernel will let through.
struct PortGrant {
  PortSet every_host;  // granted for every host
  PortSet some_host;   // granted for some, and perhaps for all
  // All of net.connect or net.listen: unix sockets and vsock, too.
  bool whole = false;

  PortSet open;  // in the kernel, of TCP
  // Landlock holds TCP ports: others than `open` are closed.
  bool held = false;
  PortSet open_udp;
  bool udp_held = false;
  // Sockets of that kind can be made, and reach ports that are not `open`.
  bool tcp_leaks = false;
  bool udp_leaks = false;
  // Why less is open than is granted; kExact if it is not.
  EnforcementReason less = EnforcementReason::kExact;
};

struct NetRules {
  PortGrant connect, listen;
  process::SocketKinds kinds;
  // Nobody listens at all, so that bind(2) is refused as a whole.
  bool refuses_bind = false;
  // Sockets that rules name, by path. Held by Landlock if it can.
  std::vector<std::string> unix_paths;
  bool unix_paths_held = false;
  bool abstract_held = false;  // abstract sockets of others are out of reach
  bool network_namespace = false;
};

NetRules FindNetRules(const PolicyRights& rights,
                      const process::KernelCaps& caps,
                      const LowerOptions& options);

// Adds to a ruleset of that version what `rules` say.
void AddNetToLandlock(const NetRules& rules, int abi,
                      process::LandlockRules* landlock);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_NET_RULES_H_
