#include "net/endpoint_pattern.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace net {
namespace {

using Form = EndpointParts::Form;
using Kind = EndpointPattern::Kind;

// Longer text gets no advice.
constexpr size_t kMaxUrlBytes = 2048;

bool ReadHost(const EndpointParts& parts, EndpointPattern* pattern,
              SyntaxError* error) {
  pattern->kind = Kind::kHost;
  if (parts.host.empty()) {
    return parts.has_port ||
           error->Set(0, "expected a host or \":\" and a port");
  }
  if (ParseHostPattern(parts.host, &pattern->host, error)) return true;
  error->at += parts.host_at;
  return false;
}

// Wildcards of path patterns are refused, not taken as bytes.
bool ReadUnix(const EndpointParts& parts, EndpointPattern* pattern,
              SyntaxError* error) {
  pattern->kind = Kind::kUnix;
  const size_t wildcard = parts.host.find_first_of("*?[]{}\\");
  if (wildcard != parts.host.npos) {
    return error->Set(parts.host_at + wildcard,
                      "a unix path has no wildcards here; it covers all that "
                      "is beneath it");
  }
  if (!IsNormalUnixPath(parts.host)) {
    return error->Set(parts.host_at,
                      "expected an absolute path in normal form");
  }
  pattern->name = std::string(parts.host);
  return true;
}

bool ReadAbstract(const EndpointParts& parts, EndpointPattern* pattern,
                  SyntaxError* error) {
  pattern->kind = Kind::kAbstract;
  absl::string_view name = parts.host;
  const size_t star = name.find('*');
  if (star != name.npos && star + 1 != name.size()) {
    return error->Set(parts.host_at + star, "\"*\" may stand only at the end");
  }
  pattern->prefix = star != name.npos;
  if (pattern->prefix) name.remove_suffix(1);
  if (name.empty() || name.size() > Endpoint::kMaxAbstractBytes ||
      name.find('\0') != name.npos) {
    return error->Set(parts.host_at,
                      "expected a name of at most 107 bytes without NUL");
  }
  pattern->name = std::string(name);
  return true;
}

bool ReadVsock(const EndpointParts& parts, EndpointPattern* pattern,
               SyntaxError* error) {
  pattern->kind = Kind::kVsock;
  return ParseDecimal(parts.host, UINT32_MAX, &pattern->cid) ||
         error->Set(parts.host_at, "expected a decimal context id");
}

bool ReadPattern(absl::string_view text, EndpointPattern* pattern,
                 SyntaxError* error) {
  EndpointParts parts;
  if (!SplitEndpoint(text, &parts, error)) return false;
  const auto ports = [&](uint32_t limit) {
    return !parts.has_port || ParsePortRange(parts.port, limit, parts.port_at,
                                             &pattern->ports, error);
  };
  switch (parts.form) {
    case Form::kHost:
      return ReadHost(parts, pattern, error) && ports(kMaxIpPort);
    case Form::kUnix:
      return ReadUnix(parts, pattern, error);
    case Form::kAbstract:
      return ReadAbstract(parts, pattern, error);
    case Form::kVsock:
      return ReadVsock(parts, pattern, error) && ports(kMaxVsockPort);
  }
  return false;
}

// Where "https://example.com/x" leads, as a pattern, with ":PORT" where the
// port is not known; "" if it is no URL with a host.
std::string EndpointOfUrl(absl::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == text.npos || text.size() > kMaxUrlBytes) return "";
  if (absl::StartsWith(text, "unix")) return "";  // sockets have any names
  const absl::string_view rest = text.substr(scheme + 3);
  const absl::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  EndpointPattern pattern;
  SyntaxError ignored;
  if (!ReadPattern(authority, &pattern, &ignored)) return "";
  if (!pattern.ports.any()) return pattern.ToString();
  const absl::string_view name = text.substr(0, scheme);
  const auto is = [&](absl::string_view known) {
    return absl::EqualsIgnoreCase(name, known);
  };
  if (is("https") || is("wss")) pattern.ports = {443, 443};
  if (is("http") || is("ws")) pattern.ports = {80, 80};
  if (!pattern.ports.any() || pattern.kind != Kind::kHost) {
    return pattern.ToString();
  }
  return absl::StrCat(Bracketed(pattern.host.ToString(), true), ":PORT");
}

bool ReadLookUp(absl::string_view text, HostPattern* pattern,
                SyntaxError* error) {
  EndpointParts parts;
  if (!SplitEndpoint(text, &parts, error)) return false;
  if (parts.has_port) {
    return error->Set(parts.port_at - 1, "a look-up has no port");
  }
  if (parts.form != Form::kHost || !ParseHostPattern(text, pattern, error)) {
    return parts.form == Form::kHost ? false
                                     : error->Set(0, "expected a host name");
  }
  const bool name = pattern->kind == HostPattern::Kind::kName ||
                    pattern->kind == HostPattern::Kind::kBelow;
  return name || error->Set(0, "only names are looked up");
}

}  // namespace

std::string EndpointPattern::ToString() const {
  const std::string port =
      ports.any() ? "" : absl::StrCat(":", ports.ToString());
  switch (kind) {
    case Kind::kHost:
      return absl::StrCat(Bracketed(host.ToString(), !port.empty()), port);
    case Kind::kUnix:
      return absl::StrCat("unix:", name);
    case Kind::kAbstract:
      return absl::StrCat("unix-abstract:", name, prefix ? "*" : "");
    case Kind::kVsock:
      return absl::StrCat("vsock:", cid, port);
  }
  return "";
}

absl::StatusOr<EndpointPattern> ParseEndpointPattern(absl::string_view text) {
  EndpointPattern pattern;
  SyntaxError error;
  const std::string endpoint = EndpointOfUrl(text);
  if (!endpoint.empty()) {
    const std::string expected =
        absl::StrCat("a URL is none, expected \"", endpoint, "\"");
    error.Set(0, expected.c_str());
    return ToStatus("endpoint", text, error);
  }
  if (!ReadPattern(text, &pattern, &error)) {
    return ToStatus("endpoint", text, error);
  }
  return pattern;
}

absl::optional<EndpointPattern> NamesBeside(const EndpointPattern& pattern) {
  if (pattern.kind != Kind::kHost ||
      pattern.host.kind != HostPattern::Kind::kClass ||
      pattern.host.address_class != AddressClass::kPublic) {
    return absl::nullopt;
  }
  EndpointPattern names;
  names.host.kind = HostPattern::Kind::kBelow;
  names.ports = pattern.ports;
  return names;
}

absl::StatusOr<HostPattern> ParseNamePattern(absl::string_view text) {
  HostPattern pattern;
  SyntaxError error;
  if (!ReadLookUp(text, &pattern, &error)) {
    return ToStatus("host name", text, error);
  }
  return pattern;
}

}  // namespace net
}  // namespace postern
