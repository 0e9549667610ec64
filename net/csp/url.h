#ifndef POSTERN_NET_CSP_URL_H_
#define POSTERN_NET_CSP_URL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/csp/host.h"

namespace postern {
namespace csp {

// The parts of a URL that a policy looks at. Query and fragment are none.
struct Url {
  std::string scheme;  // lower case, without ":"
  HostKind host_kind = HostKind::kNone;
  std::string host;               // as ReadUrlHost() gives it
  absl::optional<uint16_t> port;  // unset = the scheme's own
  std::string path;               // percent-encoded, without dot segments;
                                  // of a URL without host all that follows

  std::string ToString() const;
};

// Who serves a page.
struct Origin {
  std::string scheme;
  HostKind host_kind = HostKind::kNone;
  std::string host;
  absl::optional<uint16_t> port;  // as in Url

  std::string ToString() const;
};

// The origin that is assumed where none is known: https, a host that is
// nobody's (RFC 6761).
Origin AssumedOrigin();

// The port that a scheme of the URL Standard uses unless one is named: http,
// https, ws, wss, ftp; nullopt for any other scheme.
absl::optional<uint16_t> DefaultPort(absl::string_view scheme);

// Whether the scheme is one of those, which always have a host.
bool IsSpecialScheme(absl::string_view scheme);

// `port` if it is set, else the default of the scheme.
absl::optional<uint16_t> EffectivePort(const Url& url);
absl::optional<uint16_t> EffectivePort(const Origin& origin);

// Reads an absolute URL (URL Standard, RFC 3986), strictly: what a browser
// would repair is refused, so that nobody is told about another URL than the
// one that is loaded. InvalidArgument with the column for control bytes,
// spaces, backslashes, bytes that are not ASCII, user names, numeric disguises
// of addresses, ports out of range and text over 64 KiB. Dot segments are
// resolved. Linear.
absl::StatusOr<Url> ParseUrl(absl::string_view text);

// Reads scheme, host and port; a path other than "/" is an error.
absl::StatusOr<Origin> ParseOrigin(absl::string_view text);

// The URL that is requested instead where upgrade-insecure-requests holds
// (Upgrade Insecure Requests, section 3.2): http becomes https and ws wss, save
// on loopback, which is trustworthy as it is.
Url UpgradeInsecure(const Url& url);

// Whether `text` is a scheme (RFC 3986, section 3.1).
bool IsScheme(absl::string_view text);

// The bytes that `text` percent-encodes. A "%" without two digits stays.
std::string PercentDecode(absl::string_view text);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_URL_H_
