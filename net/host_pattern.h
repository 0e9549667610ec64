#ifndef POSTERN_NET_HOST_PATTERN_H_
#define POSTERN_NET_HOST_PATTERN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "net/address_class.h"
#include "net/cidr.h"
#include "net/syntax_error.h"

namespace postern {
namespace net {

// The hosts that a rule is for. A value type; the default is every host.
struct HostPattern {
  enum class Kind : uint8_t {
    kAny,
    kName,   // one host name
    kBelow,  // "*.example.com": every name below, at any depth, not itself;
             // with an empty `name` every name, which no text can say
    kBlock,  // addresses
    kClass,  // "@private"
  };
  Kind kind = Kind::kAny;
  std::string name;  // kName, kBelow (without "*."): in HostName's form
  Cidr block;
  AddressClass address_class = AddressClass::kReserved;

  // Parses back to this pattern; "" for kAny.
  std::string ToString() const;
};

// Reads a name, "*.name", an address, a block or a class, without brackets.
// Never gives kAny. A zone is an error, because a rule is for all zones.
bool ParseHostPattern(absl::string_view text, HostPattern* pattern,
                      SyntaxError* error);

// Reads an address, a block or a class; a name is an error.
bool ParseAddressPattern(absl::string_view text, HostPattern* pattern,
                         SyntaxError* error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_HOST_PATTERN_H_
