#ifndef POSTERN_NET_CSP_HOST_H_
#define POSTERN_NET_CSP_HOST_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "net/syntax_error.h"

namespace postern {
namespace csp {

// Hosts of URLs and of policies. Addresses and numbers are read by net's one
// parser. Names are not read as net::HostName, which refuses more than browsers
// do: a verdict is about what a browser takes.

// What a URL's host is. A name that the URL Standard would read as a number
// ("127.1", "0x7f.1") is no host at all here.
enum class HostKind : uint8_t { kNone = 0, kName, kIpv4, kIpv6 };

struct UrlHost {
  HostKind kind = HostKind::kNone;
  std::string text;  // lower case; IPv6 in brackets, as browsers write it
};

// Reads the host of a URL (URL Standard, "host parsing"), of ASCII alone. A
// name is of letters, digits, "-", "_" and "."; labels may be empty or of any
// length.
bool ReadUrlHost(absl::string_view text, UrlHost* host,
                 net::SyntaxError* error);

// Reads the host-part of a source (CSP3, section 2.3.1) into `host`, in lower
// case and without the "*." that `wildcard` tells of. "_" and brackets are no
// part of the grammar: no source names an IPv6 address. Of "*" `host` stays
// empty. Returns what is wrong, or "".
absl::string_view ReadHostPart(absl::string_view text, bool* wildcard,
                               std::string* host);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_HOST_H_
