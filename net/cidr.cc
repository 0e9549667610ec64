#include "net/cidr.h"

#include "absl/strings/str_cat.h"
#include "net/port_range.h"

namespace postern {
namespace net {

std::string Cidr::ToString() const {
  if (bits == IpAddress::kBits) return base.ToString();
  return absl::StrCat(base.ToString(), "/",
                      is_v4() ? bits - IpAddress::kV4Begin : bits);
}

bool ParseCidr(absl::string_view text, Cidr* cidr, SyntaxError* error) {
  const size_t slash = text.find('/');
  const absl::string_view host = text.substr(0, slash);
  const bool colons = host.find(':') != host.npos;
  if (!(colons ? ParseIpv6 : ParseIpv4)(host, &cidr->base, error)) return false;
  cidr->bits = IpAddress::kBits;
  if (slash == text.npos) return true;
  uint32_t length = 0;
  if (!ParseDecimal(text.substr(slash + 1), colons ? 128 : 32, &length)) {
    return error->Set(slash + 1, colons ? "expected a length of at most 128"
                                        : "expected a length of at most 32");
  }
  cidr->bits = static_cast<int>(length) + (colons ? 0 : IpAddress::kV4Begin);
  if (cidr->base.Prefix(cidr->bits) != cidr->base) {
    return error->Set(slash, "bits are set behind the length");
  }
  if (cidr->base.is_v4() && cidr->bits < IpAddress::kV4Begin) {
    return error->Set(slash, "bits are set behind the length");
  }
  return true;
}

}  // namespace net
}  // namespace postern
