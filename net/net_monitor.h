#ifndef POSTERN_NET_NET_MONITOR_H_
#define POSTERN_NET_NET_MONITOR_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "net/endpoint.h"
#include "net/host_name.h"
#include "net/purpose.h"

namespace postern {
namespace net {

// A monitor's answer. Zero is a denial.
struct [[nodiscard]] Verdict {
  bool allowed = false;
  // A denial that must look as if there were nothing there.
  bool concealed = false;
  // Not allowed yet: Enforce*() asks somebody, who may allow it.
  bool asks = false;
  // The monitor's own code for its decision, handed through.
  uint64_t decision = 0;
};

// The reference monitor that guarded network operations ask. Against DNS
// rebinding a name is decided twice: first by itself, before any look-up
// (Check, Enforce), and if it is allowed with each address that it led to
// (CheckResolved, EnforceResolved).
// Thread-safe. Check* neither block nor have effects; Enforce* are for what is
// about to happen: they may ask somebody and block, and take uses.
class NetMonitor {
 public:
  virtual ~NetMonitor() = default;

  // For a name this is also the decision whether it may be looked up.
  virtual Verdict Check(Purpose purpose, const Endpoint& endpoint) const = 0;
  virtual Verdict Enforce(Purpose purpose, const Endpoint& endpoint) = 0;
  // Whether `address`, with its port, may be used for `name`, which was
  // allowed. Both are decided; the stricter answer counts.
  virtual Verdict CheckResolved(Purpose purpose, const Endpoint& name,
                                const Endpoint& address) const = 0;
  // As CheckResolved(), for an address that is about to be used. Enforce() of
  // the name has asked and taken uses already; this asks and takes only what
  // the address needs beyond that.
  virtual Verdict EnforceResolved(Purpose purpose, const Endpoint& name,
                                  const Endpoint& address) = 0;
  // Whether an access that was enforced may go on at `address`, to which `name`
  // led if there was one. A rule whose last use this access took still counts.
  virtual Verdict CheckHeld(Purpose purpose,
                            const absl::optional<Endpoint>& name,
                            const Endpoint& address) const = 0;
  // Whether the guest may be told the addresses of `name`.
  virtual Verdict EnforceLookUp(const HostName& name) = 0;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_NET_MONITOR_H_
