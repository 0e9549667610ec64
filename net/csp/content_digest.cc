#include "net/csp/content_digest.h"

#include <openssl/evp.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace csp {
namespace {

// "" if it fails.
std::string DigestBy(const EVP_MD* algorithm, absl::string_view name,
                     absl::string_view code) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(code.data(), code.size(), bytes, &size, algorithm, nullptr) !=
      1) {
    return "";
  }
  return absl::StrCat(name, "-",
                      absl::Base64Escape(absl::string_view(
                          reinterpret_cast<const char*>(bytes), size)));
}

}  // namespace

absl::StatusOr<ContentDigests> DigestContent(absl::string_view code) {
  ContentDigests out;
  out.sha256 = DigestBy(EVP_sha256(), "sha256", code);
  out.sha384 = DigestBy(EVP_sha384(), "sha384", code);
  out.sha512 = DigestBy(EVP_sha512(), "sha512", code);
  if (out.sha256.empty() || out.sha384.empty() || out.sha512.empty()) {
    return absl::InternalError("libcrypto cannot make a SHA-2 digest");
  }
  return out;
}

}  // namespace csp
}  // namespace postern
