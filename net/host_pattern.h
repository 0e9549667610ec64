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

// Hosts of a rule. A value type; the default is every host.
struct HostPattern {
  enum class Kind : uint8_t {
    kAny,
    kName,   // one host name
    kBelow,  // "*.example.com": every name below, at any depth, not itself;
             // with `name` empty every name, which no text says
    kBlock,  // addresses
    kClass,  // "@private"
  };
  Kind kind = Kind::kAny;
  std::string name;  // kName, kBelow (without "*."): as HostName has it
  Cidr block;
  AddressClass address_class = AddressClass::kReserved;

  // Parses back to this pattern; "" for kAny.
  std::string ToString() const;
};

// A name, "*.name", an address, a block, a class; without brackets. Never
// kAny. A zone is an error: a rule is for all of them.
bool ParseHostPattern(absl::string_view text, HostPattern* pattern,
                      SyntaxError* error);

// The same for addresses, blocks and classes alone.
bool ParseAddressPattern(absl::string_view text, HostPattern* pattern,
                         SyntaxError* error);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_HOST_PATTERN_H_
