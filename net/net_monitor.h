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
  // Not allowed as it is, but Enforce*() asks somebody, who may allow it.
  bool asks = false;
  // The monitor's own code for its decision, handed through.
  uint64_t decision = 0;
};

// Who decides: the reference monitor that guarded network operations consult.
// A name is decided twice: by itself before any look-up (Check, Enforce), then
// each address that it led to (CheckResolved, EnforceResolved), which needs
// that the name was allowed.
// Thread-safe. Check* neither block nor have effects; Enforce* are for what is
// about to happen: they may ask somebody and block, and take uses.
class NetMonitor {
 public:
  virtual ~NetMonitor() = default;

  // Of a name this says as well whether it may be looked up to that end.
  virtual Verdict Check(Purpose purpose, const Endpoint& endpoint) const = 0;
  virtual Verdict Enforce(Purpose purpose, const Endpoint& endpoint) = 0;
  // Whether `address`, with its port, may be used for `name`, which was
  // allowed. Both are decided; the stricter answer counts.
  virtual Verdict CheckResolved(Purpose purpose, const Endpoint& name,
                                const Endpoint& address) const = 0;
  // The same for one that is about to be used. Asks and takes only what the
  // address needs beyond what Enforce() of the name has asked and taken.
  virtual Verdict EnforceResolved(Purpose purpose, const Endpoint& name,
                                  const Endpoint& address) = 0;
  // Whether what was enforced may go on at `address`, which `name` led to if
  // there was one: a rule that it used up holds still.
  virtual Verdict CheckHeld(Purpose purpose,
                            const absl::optional<Endpoint>& name,
                            const Endpoint& address) const = 0;
  // Whether the addresses of `name` may be told to who asks for them.
  virtual Verdict EnforceLookUp(const HostName& name) = 0;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_NET_MONITOR_H_
