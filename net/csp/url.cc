#include "net/csp/url.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "net/syntax_error.h"

namespace postern {
namespace csp {
namespace {

constexpr size_t kMaxUrlBytes = 64 << 10;

absl::Status Refused(absl::string_view text, size_t offset,
                     absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid URL \"", absl::CHexEscape(text.substr(0, 200)),
                   "\" at column ", offset + 1, ": ", why));
}

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsHex(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}
bool IsAlnum(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  return absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

// A byte that no part of a URL holds as itself.
const char* WhyNotInUrl(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return "a byte that is not ASCII; write %XX or punycode";
  if (byte <= 0x20 || byte == 0x7F) return "a space or control byte";
  if (c == '\\') return "a backslash, which browsers read as \"/\"";
  return nullptr;
}

bool IsSingleDot(absl::string_view segment) {
  return segment == "." || absl::EqualsIgnoreCase(segment, "%2e");
}

bool IsDoubleDot(absl::string_view segment) {
  return segment == ".." || absl::EqualsIgnoreCase(segment, ".%2e") ||
         absl::EqualsIgnoreCase(segment, "%2e.") ||
         absl::EqualsIgnoreCase(segment, "%2e%2e");
}

// Without "." and ".." (URL Standard, "path state").
std::string ResolveDots(absl::string_view path) {
  std::vector<absl::string_view> out;
  const std::vector<absl::string_view> in = absl::StrSplit(path, '/');
  for (size_t i = 1; i < in.size(); ++i) {
    const bool last = i + 1 == in.size();
    if (IsDoubleDot(in[i])) {
      if (!out.empty()) out.pop_back();
      if (last) out.push_back("");
    } else if (IsSingleDot(in[i])) {
      if (last) out.push_back("");
    } else {
      out.push_back(in[i]);
    }
  }
  return absl::StrCat("/", absl::StrJoin(out, "/"));
}

// Reads "host" and ":port" into `url`; `start` is its place in `text`.
absl::Status ReadAuthority(absl::string_view text, size_t start, size_t end,
                           Url* url) {
  absl::string_view rest = text.substr(start, end - start);
  if (absl::StrContains(rest, '@')) {
    return Refused(text, start + rest.find('@'), "a user name");
  }
  // The port's colon stands behind those of an IPv6 address.
  const size_t close = absl::StartsWith(rest, "[") ? rest.find(']') : 0;
  const absl::string_view host = rest.substr(0, rest.find(':', close));
  UrlHost read;
  net::SyntaxError error;
  if (!ReadUrlHost(host, &read, &error)) {
    return Refused(text, start + error.at, error.what);
  }
  url->host_kind = read.kind;
  url->host = std::move(read.text);
  if (host.size() == rest.size()) return absl::OkStatus();
  const absl::string_view port = rest.substr(host.size() + 1);
  uint32_t number = 0;
  if (rest[host.size()] != ':' || !AllDigits(port) || port.size() > 5 ||
      !absl::SimpleAtoi(port, &number) || number > 65535) {
    return Refused(text, start + host.size(), "no port from 0 to 65535");
  }
  if (DefaultPort(url->scheme) != static_cast<uint16_t>(number)) {
    url->port = static_cast<uint16_t>(number);
  }
  return absl::OkStatus();
}

}  // namespace

bool IsScheme(absl::string_view text) {
  if (text.empty() ||
      !absl::ascii_isalpha(static_cast<unsigned char>(text[0]))) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '+' || c == '-' || c == '.';
  });
}

std::string PercentDecode(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && IsHex(text[i + 1]) &&
        IsHex(text[i + 2])) {
      out.push_back(static_cast<char>(HexValue(text[i + 1]) * 16 +
                                      HexValue(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

absl::optional<uint16_t> DefaultPort(absl::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return absl::nullopt;
}

bool IsSpecialScheme(absl::string_view scheme) {
  return DefaultPort(scheme).has_value();
}

absl::optional<uint16_t> EffectivePort(const Url& url) {
  return url.port ? url.port : DefaultPort(url.scheme);
}

absl::optional<uint16_t> EffectivePort(const Origin& origin) {
  return origin.port ? origin.port : DefaultPort(origin.scheme);
}

absl::StatusOr<Url> ParseUrl(absl::string_view text) {
  if (text.size() > kMaxUrlBytes) {
    return Refused(text, kMaxUrlBytes, "longer than 64 KiB");
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const char* const why = WhyNotInUrl(text[i]);
    if (why != nullptr) return Refused(text, i, why);
  }
  const size_t colon = text.find(':');
  if (colon == text.npos || !IsScheme(text.substr(0, colon))) {
    return Refused(text, 0, "expected a scheme, as in \"https://host/path\"");
  }
  Url url;
  url.scheme = absl::AsciiStrToLower(text.substr(0, colon));
  const size_t tail = std::min(text.find_first_of("?#"), text.size());
  const bool has_host = absl::StartsWith(text.substr(colon + 1), "//");
  if (!has_host) {
    if (IsSpecialScheme(url.scheme)) {
      return Refused(text, colon, "expected \"//\" and a host");
    }
    url.path = std::string(text.substr(colon + 1, tail - colon - 1));
    return url;
  }
  const size_t start = colon + 3;
  const size_t end = std::min(text.find('/', start), tail);
  const bool may_be_empty = !IsSpecialScheme(url.scheme) && end == start;
  if (!may_be_empty) {
    const absl::Status authority = ReadAuthority(text, start, end, &url);
    if (!authority.ok()) return authority;
  }
  const absl::string_view path = text.substr(end, tail - end);
  if (!path.empty()) {
    url.path = ResolveDots(path);
  } else if (IsSpecialScheme(url.scheme)) {
    url.path = "/";
  }
  return url;
}

absl::StatusOr<Origin> ParseOrigin(absl::string_view text) {
  absl::StatusOr<Url> url = ParseUrl(text);
  if (!url.ok()) return url.status();
  if (url->host_kind == HostKind::kNone || url->path.size() > 1 ||
      text.find_first_of("?#") != text.npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid origin \"", absl::CHexEscape(text.substr(0, 200)),
                     "\": expected \"scheme://host\" or "
                     "\"scheme://host:port\""));
  }
  Origin origin{url->scheme, url->host_kind, url->host, url->port};
  if (origin.port == DefaultPort(origin.scheme)) origin.port = absl::nullopt;
  return origin;
}

Origin AssumedOrigin() {
  return {"https", HostKind::kName, "self.invalid", absl::nullopt};
}

Url UpgradeInsecure(const Url& url) {
  Url out = url;
  const bool loopback =
      url.host == "localhost" || url.host == "localhost." ||
      absl::EndsWith(url.host, ".localhost") ||
      absl::EndsWith(url.host, ".localhost.") || url.host == "[::1]" ||
      (url.host_kind == HostKind::kIpv4 && absl::StartsWith(url.host, "127."));
  if (loopback || (url.scheme != "http" && url.scheme != "ws")) return out;
  out.scheme = url.scheme == "http" ? "https" : "wss";
  if (out.port == DefaultPort(url.scheme) ||
      out.port == DefaultPort(out.scheme)) {
    out.port = absl::nullopt;
  }
  return out;
}

std::string Url::ToString() const {
  // Without a host, a path that starts with "//" would be read as one.
  const bool slashes =
      host_kind != HostKind::kNone || absl::StartsWith(path, "//");
  return absl::StrCat(scheme, slashes ? "://" : ":", host,
                      port ? absl::StrCat(":", *port) : "", path);
}

std::string Origin::ToString() const {
  return absl::StrCat(scheme, "://", host,
                      port ? absl::StrCat(":", *port) : "");
}

}  // namespace csp
}  // namespace postern
