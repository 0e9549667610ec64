#ifndef POSTERN_NET_ADDRESS_H_
#define POSTERN_NET_ADDRESS_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "net/syntax_error.h"

namespace postern {
namespace net {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is
// the IPv4 address: there is one value for both. Has no zone (RFC 4007): that
// says which link an address is on, and belongs to an endpoint.
// A value type; the default is "::".
class IpAddress {
 public:
  using Bytes = std::array<uint8_t, 16>;
  static constexpr int kBits = 128;
  // Where the bits of an IPv4 address begin among those of bytes().
  static constexpr int kV4Begin = 96;

  constexpr IpAddress() = default;
  // In host order: 0x7f000001 is 127.0.0.1.
  static IpAddress V4(uint32_t address);
  static IpAddress V6(const Bytes& bytes);

  bool is_v4() const;
  // Only if is_v4().
  uint32_t v4() const { return Word(3); }
  // In network order; an IPv4 address in its mapped form.
  const Bytes& bytes() const { return bytes_; }
  // 32 bits in host order; 0 is the first word of four.
  uint32_t Word(int index) const;
  // Bit 0 is the most significant of the first byte.
  bool bit(int index) const {
    return ((bytes_[static_cast<size_t>(index / 8)] >> (7 - index % 8)) & 1) !=
           0;
  }
  // With all bits from `length` on cleared.
  IpAddress Prefix(int length) const;
  // How many bits at the beginning are the same.
  int CommonBits(const IpAddress& other) const;

  // "127.0.0.1", "2001:db8::1" (RFC 5952). Parses back to this address.
  std::string ToString() const;

  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.bytes_ == b.bytes_;
  }
  friend bool operator!=(const IpAddress& a, const IpAddress& b) {
    return !(a == b);
  }
  friend bool operator<(const IpAddress& a, const IpAddress& b) {
    return a.bytes_ < b.bytes_;
  }

 private:
  Bytes bytes_ = {};
};

// Exactly four decimal numbers of at most 255 without leading zeros, nothing
// around them. The forms of inet_aton(3) (fewer parts, octal, hexadecimal) are
// errors: what reads them disagrees on what they mean. No allocation.
bool ParseIpv4(absl::string_view text, IpAddress* address, SyntaxError* error);

// The forms of RFC 4291, 2.2, groups of one to four hexadecimal digits, "::"
// for at least one group (RFC 5952, 4.2.2, would not write it for one), at the
// end perhaps an address as ParseIpv4() reads it. No zone, no brackets.
bool ParseIpv6(absl::string_view text, IpAddress* address, SyntaxError* error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_ADDRESS_H_
