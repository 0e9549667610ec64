#ifndef POSTERN_NET_CSP_SHA2_H_
#define POSTERN_NET_CSP_SHA2_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace csp {

// SHA-256, SHA-384 and SHA-512 (FIPS 180-4), as bytes. For hash sources; not
// made for secrets. Linear.
std::string Sha256(absl::string_view data);
std::string Sha384(absl::string_view data);
std::string Sha512(absl::string_view data);

// "sha256-" and the digest in base64, as Source::value holds it; "" unless
// `algorithm` is sha256, sha384 or sha512.
std::string HashSourceValue(absl::string_view algorithm,
                            absl::string_view data);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_SHA2_H_
