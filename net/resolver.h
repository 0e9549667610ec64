#ifndef POSTERN_NET_RESOLVER_H_
#define POSTERN_NET_RESOLVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "net/address.h"
#include "net/host_name.h"
#include "net/wait.h"

namespace postern {
namespace net {

struct ResolvedAddress {
  IpAddress address;
  uint32_t interface = 0;  // of a link-local one; 0 = not said
};

struct LookUpResult {
  int error_number = 0;  // as NetStatus has it: ENOENT, EAGAIN, ...
  // In the order in which they should be tried (RFC 6724).
  std::vector<ResolvedAddress> addresses;
};

// Looks host names up; a host may bring its own. It need not be trusted to obey
// rules: it is asked only for names that may be looked up, and each address
// that it returns is decided (DNS rebinding). Thread-safe.
class Resolver {
 public:
  static constexpr size_t kMaxAddresses = 256;  // further ones are ignored

  virtual ~Resolver() = default;
  virtual LookUpResult LookUp(const HostName& name, const Wait& wait) = 0;
};

// The system's: getaddrinfo(3), with all that nsswitch.conf(5) names, as
// MakeThreadedResolver() does it.
std::shared_ptr<Resolver> MakeSystemResolver();

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_RESOLVER_H_
