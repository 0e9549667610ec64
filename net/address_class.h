#ifndef POSTERN_NET_ADDRESS_CLASS_H_
#define POSTERN_NET_ADDRESS_CLASS_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/address.h"
#include "net/cidr.h"

namespace postern {
namespace net {

// What an address is by itself, wherever it is used. Each address has one
// class; the sources are in address_class.cc. Rules by class defend against
// SSRF: "@public" leads to no service that trusts the network it is on.
enum class AddressClass : uint8_t {
  kReserved,       // not assigned for use, or with a special use of its own
  kPublic,         // globally reachable
  kLoopback,       // 127.0.0.0/8, ::1
  kPrivate,        // RFC 1918, shared (RFC 6598), unique-local, site-local
  kLinkLocal,      // 169.254.0.0/16, fe80::/10
  kMulticast,      // 224.0.0.0/4, ff00::/8
  kUnspecified,    // 0.0.0.0, ::
  kMetadata,       // where clouds tell machines their credentials: SSRF's aim
  kDocumentation,  // RFC 5737, 3849, 9637
  kBenchmarking,   // RFC 2544, 5180
};

// "loopback", "link-local", ...
absl::string_view AddressClassName(AddressClass address_class);
// Reads the name of a class that a rule may use, without its "@": "loopback".
// nullopt for anything else, also for the names of kReserved, kDocumentation
// and kBenchmarking, which no rule may use.
absl::optional<AddressClass> ParseAddressClass(absl::string_view name);

// The class of `address`. A public IPv6 address that embeds another one (NAT64,
// 6to4, Teredo and the like) has the class of the embedded one, because packets
// end up there. No allocation.
AddressClass ClassOf(const IpAddress& address);
inline bool IsPublic(const IpAddress& address) {
  return ClassOf(address) == AddressClass::kPublic;
}

// Whether the registries put `address` into the class. They know nothing of
// metadata services: 169.254.169.254 is listed as link-local although its class
// is kMetadata. A denial of @link-local covers it, a grant does not.
bool IsListedAs(AddressClass address_class, const IpAddress& address);

// Blocks that together hold every address of the class and every address that
// is listed as such. Those of kPublic hold all addresses.
std::vector<Cidr> BlocksOf(AddressClass address_class);

// The other addresses that packets for an address may end up at: the ones that
// it embeds; loopback for 0.0.0.0 and "::", as Linux connects there. Denials
// cover them too, or another spelling would evade a denial. Fixed in size.
struct Aliases {
  static constexpr int kMax = 4;
  IpAddress list[kMax];
  int count = 0;

  const IpAddress* begin() const { return list; }
  const IpAddress* end() const { return list + count; }
};
Aliases AliasesOf(const IpAddress& address);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_ADDRESS_CLASS_H_
