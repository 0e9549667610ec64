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
// the IPv4 address: both have one value, so that no rule is evaded by the other
// spelling. An address has no zone (RFC 4007): a zone says which link the
// address is on, and belongs to an endpoint.
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
  // This address with all bits from `length` on cleared.
  IpAddress Prefix(int length) const;
  // How many bits both addresses begin with alike.
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

// Reads exactly four decimal numbers of at most 255 without leading zeros, and
// nothing around them. The forms of inet_aton(3) (fewer parts, octal,
// hexadecimal) are errors, because programs disagree on what they mean, and
// a filter that reads them in another way than the client lets SSRF through.
// No allocation.
bool ParseIpv4(absl::string_view text, IpAddress* address, SyntaxError* error);

// Whether ParseIpv4() takes `text`.
bool IsIpv4(absl::string_view text);

// Reads the forms of RFC 4291, 2.2: groups of one to four hexadecimal digits.
// "::" stands for at least one group, though RFC 5952, 4.2.2, would not write
// it for one. The last two groups may be an address as ParseIpv4() reads it.
// No zone, no brackets. No allocation.
bool ParseIpv6(absl::string_view text, IpAddress* address, SyntaxError* error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_ADDRESS_H_
