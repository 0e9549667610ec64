#ifndef POSTERN_NET_HOST_NAME_H_
#define POSTERN_NET_HOST_NAME_H_

#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "net/syntax_error.h"

namespace postern {
namespace net {

// A host name in the one form that names are compared in: lower case, without a
// dot at the end, non-ASCII labels as punycode. Text that programs may read in
// two ways is refused, not guessed: a filter that reads it differently from the
// client lets SSRF through. Fixed in size, so that a check allocates nothing. A
// value type; the default is no name.
class HostName {
 public:
  static constexpr size_t kMaxBytes = 253;  // RFC 1035, 2.3.4
  static constexpr size_t kMaxLabelBytes = 63;

  // Reads labels of letters, digits, "-" (not at an end) and "_", with at most
  // one dot at the end. The dots of other scripts and full-width letters are
  // read as what they stand for (RFC 3490, 3.1; UTS #46). Letters of other
  // scripts are taken if their lower case and normal form are known without
  // Unicode's tables; for others the error says to write punycode. A name that
  // EndsInNumber() is an error. No allocation.
  static bool Parse(absl::string_view text, HostName* name, SyntaxError* error);

  // "unix", "unix-abstract", "vsock": in front of a port these would be read as
  // another kind of endpoint, and so are no hosts of endpoints or rules.
  bool IsReserved() const;

  absl::string_view text() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {text_, size_};
  }
  bool empty() const { return size_ == 0; }

  friend bool operator==(const HostName& a, const HostName& b) {
    return a.text() == b.text();
  }

 private:
  friend class HostNameReader;

  bool Append(absl::string_view bytes);

  char text_[kMaxBytes] = {};
  uint8_t size_ = 0;
};

// Whether programs may read `host` as an IPv4 address in some form of
// inet_aton(3): its last label is a number, as in "1.2.3" and "0x7f.1" (URL
// Standard, "ends in a number checker").
bool EndsInNumber(absl::string_view host);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_HOST_NAME_H_
