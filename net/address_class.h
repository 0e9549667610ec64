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
// class; the sources are in address_class.cc.
enum class AddressClass : uint8_t {
  kReserved,       // not assigned for use, or with a special use of its own
  kPublic,         // globally reachable
  kLoopback,       // 127.0.0.0/8, ::1
  kPrivate,        // RFC 1918, shared (RFC 6598), unique-local, site-local
  kLinkLocal,      // 169.254.0.0/16, fe80::/10
  kMulticast,      // 224.0.0.0/4, ff00::/8
  kUnspecified,    // 0.0.0.0, ::
  kMetadata,       // where clouds tell machines their credentials
  kDocumentation,  // RFC 5737, 3849, 9637
  kBenchmarking,   // RFC 2544, 5180
};

// "loopback", "link-local", ...
absl::string_view AddressClassName(AddressClass address_class);
// Of a rule's "@loopback", without the "@": only what design and reference
// name. nullopt for kReserved, kDocumentation, kBenchmarking too.
absl::optional<AddressClass> ParseAddressClass(absl::string_view name);

// A public IPv6 address that embeds another one (NAT64, 6to4, Teredo and the
// like) is of the class of what it embeds. No allocation.
AddressClass ClassOf(const IpAddress& address);
inline bool IsPublic(const IpAddress& address) {
  return ClassOf(address) == AddressClass::kPublic;
}

// Whether the registries, metadata services aside, put `address` itself into
// the class: a denial of @link-local holds for 169.254.169.254, a grant does
// not.
bool IsListedAs(AddressClass address_class, const IpAddress& address);

// Blocks that hold every address which is of the class or listed as such, and
// for kPublic all others too.
std::vector<Cidr> BlocksOf(AddressClass address_class);

// The other addresses that packets for one may end up at: what it embeds, and
// loopback for 0.0.0.0 and "::", which Linux connects there. Fixed in size.
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
