#ifndef POSTERN_NET_CIDR_H_
#define POSTERN_NET_CIDR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "net/address.h"
#include "net/syntax_error.h"

namespace postern {
namespace net {

// A block of addresses: those that begin with the bits of `base`. IPv4 blocks
// lie in the mapped range: 10.0.0.0/8 has 104 bits. An IPv6 block never holds
// IPv4 addresses, not even "::/0". A value type; the default is "::/128".
struct Cidr {
  IpAddress base;  // its bits from `bits` on are zero
  int bits = IpAddress::kBits;

  static Cidr Of(const IpAddress& address) {
    return {address, IpAddress::kBits};
  }
  bool is_v4() const { return bits >= IpAddress::kV4Begin && base.is_v4(); }
  bool Contains(const IpAddress& address) const {
    return address.CommonBits(base) >= bits && address.is_v4() == is_v4();
  }
  // "10.0.0.0/8"; a block of one address without the length.
  std::string ToString() const;

  friend bool operator==(const Cidr& a, const Cidr& b) {
    return a.base == b.base && a.bits == b.bits;
  }
};

// Reads "10.0.0.0/8", "2001:db8::/32", or one address. A bit that is set behind
// the length is an error, and so is a length with a leading zero.
// "::ffff:10.0.0.0/104" is "10.0.0.0/8". No allocation.
bool ParseCidr(absl::string_view text, Cidr* cidr, SyntaxError* error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_CIDR_H_
