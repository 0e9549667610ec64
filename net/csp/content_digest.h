#ifndef POSTERN_NET_CSP_CONTENT_DIGEST_H_
#define POSTERN_NET_CSP_CONTENT_DIGEST_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/match.h"

namespace postern {
namespace csp {

// What hash sources compare code with (CSP3, section 6.7.3.3): its bytes as
// they stand in the page, in UTF-8, by libcrypto. Internal if libcrypto cannot,
// as where a provider leaves an algorithm out. Thread-safe; linear.
absl::StatusOr<ContentDigests> DigestContent(absl::string_view code);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_CONTENT_DIGEST_H_
