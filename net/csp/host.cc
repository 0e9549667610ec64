#include "net/csp/host.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "net/address.h"
#include "net/host_name.h"

namespace postern {
namespace csp {
namespace {

constexpr size_t kMaxHostBytes = 255;

bool IsHostChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
}

// URL Standard, "IPv6 serializer": an IPv4-mapped address stays one of IPv6.
std::string Serialize(const net::IpAddress& address) {
  if (!address.is_v4()) return address.ToString();
  return absl::StrCat("::ffff:", absl::Hex(address.v4() >> 16), ":",
                      absl::Hex(address.v4() & 0xffff));
}

// `text` begins with "[".
bool ReadBracketed(absl::string_view text, UrlHost* host,
                   net::SyntaxError* error) {
  net::IpAddress address;
  net::SyntaxError ignored;
  if (text.back() != ']' ||
      !net::ParseIpv6(text.substr(1, text.size() - 2), &address, &ignored)) {
    return error->Set(0, "no IPv6 address in brackets");
  }
  *host = {HostKind::kIpv6, absl::StrCat("[", Serialize(address), "]")};
  return true;
}

}  // namespace

bool ReadUrlHost(absl::string_view text, UrlHost* host,
                 net::SyntaxError* error) {
  if (text.empty()) return error->Set(0, "no host");
  if (text.size() > kMaxHostBytes) return error->Set(0, "a host too long");
  if (text[0] == '[') return ReadBracketed(text, host, error);
  const auto odd = std::find_if_not(text.begin(), text.end(), [](char c) {
    return IsHostChar(c) || c == '_' || c == '.';
  });
  if (odd != text.end()) {
    return error->Set(static_cast<size_t>(odd - text.begin()),
                      "a byte that no host name holds");
  }
  const bool address = net::IsIpv4(text);
  if (!address && net::EndsInNumber(text)) {
    return error->Set(0, "a number that is no address a.b.c.d");
  }
  *host = {address ? HostKind::kIpv4 : HostKind::kName,
           absl::AsciiStrToLower(text)};
  return true;
}

absl::string_view ReadHostPart(absl::string_view text, bool* wildcard,
                               std::string* host) {
  absl::string_view name = text;
  *wildcard = text == "*" || absl::ConsumePrefix(&name, "*.");
  if (text == "*") return "";
  absl::string_view body = name;
  absl::ConsumeSuffix(&body, ".");
  if (body.empty()) return "no host";
  for (absl::string_view label : absl::StrSplit(body, '.')) {
    if (label.empty()) return "an empty part in the host";
    for (char c : label) {
      if (c == '*') return "\"*\" stands only before the first dot";
      if (!IsHostChar(c)) return "a byte that no host name holds";
    }
  }
  *host = absl::AsciiStrToLower(name);
  return "";
}

}  // namespace csp
}  // namespace postern
