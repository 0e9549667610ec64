#include "net/endpoint.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/port_range.h"

namespace postern {
namespace net {
namespace {

using Form = EndpointParts::Form;

constexpr absl::string_view kUnixPrefix = "unix:";
constexpr absl::string_view kAbstractPrefix = "unix-abstract:";
constexpr absl::string_view kVsockPrefix = "vsock:";

constexpr char kPathExpected[] =
    "expected an absolute path in normal form behind \"unix:\"";
constexpr char kAbstractExpected[] =
    "expected a name of at most 107 bytes behind \"unix-abstract:\"";

// `text` is "[host]" and perhaps ":port".
bool SplitBracketed(absl::string_view text, EndpointParts* parts,
                    SyntaxError* error) {
  const size_t close = text.find(']');
  if (close == text.npos) return error->Set(text.size(), "expected \"]\"");
  parts->host = text.substr(1, close - 1);
  parts->host_at = 1;
  if (parts->host.find(':') == parts->host.npos) {
    return error->Set(1, "only IPv6 addresses stand in brackets");
  }
  if (close + 1 == text.size()) return true;
  if (text[close + 1] != ':') return error->Set(close + 1, "expected \":\"");
  parts->has_port = true;
  parts->port_at = close + 2;
  parts->port = text.substr(parts->port_at);
  return true;
}

// The port comes behind the colon at `colon`, if there is one.
void SplitAt(absl::string_view text, size_t begin, size_t colon,
             EndpointParts* parts) {
  parts->host_at = begin;
  parts->host = text.substr(begin, colon == text.npos ? colon : colon - begin);
  parts->has_port = colon != text.npos;
  if (!parts->has_port) return;
  parts->port_at = colon + 1;
  parts->port = text.substr(parts->port_at);
}

// "::1:443" may mean port 443 of "::1", too (RFC 5952, section 6).
bool MayEndInPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon + 1 == text.size()) return false;
  for (char c : text.substr(colon + 1)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  IpAddress address;
  SyntaxError ignored;
  return ParseIpv6(text.substr(0, colon), &address, &ignored);
}

bool IsZone(absl::string_view zone) {
  if (zone.empty() || zone.size() > Endpoint::kMaxZoneBytes) return false;
  return std::all_of(zone.begin(), zone.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
           c == '_' || c == '-';
  });
}

// Addresses that mean another thing on each link (RFC 4007): link-local ones,
// and multicast of interface and link scope.
bool TakesZone(const IpAddress& address) {
  const uint32_t first = address.Word(0) >> 16;
  return (first & 0xffc0) == 0xfe80 || (first & 0xff0f) == 0xff01 ||
         (first & 0xff0f) == 0xff02;
}

}  // namespace

bool SplitEndpoint(absl::string_view text, EndpointParts* parts,
                   SyntaxError* error) {
  if (absl::StartsWith(text, kUnixPrefix)) {
    parts->form = Form::kUnix;
    SplitAt(text, kUnixPrefix.size(), text.npos, parts);
  } else if (absl::StartsWith(text, kAbstractPrefix)) {
    parts->form = Form::kAbstract;
    SplitAt(text, kAbstractPrefix.size(), text.npos, parts);
  } else if (absl::StartsWith(text, kVsockPrefix)) {
    parts->form = Form::kVsock;
    SplitAt(text, kVsockPrefix.size(), text.find(':', kVsockPrefix.size()),
            parts);
  } else if (absl::StartsWith(text, "[")) {
    return SplitBracketed(text, parts, error);
  } else {
    const size_t colon = text.find(':');
    const bool several = colon != text.npos && colon != text.rfind(':');
    if (several && MayEndInPort(text)) {
      return error->Set(0,
                        "the end may be a port, expected brackets, as in "
                        "\"[::1]:443\" or \"[::1:443]\"");
    }
    SplitAt(text, 0, several ? text.npos : colon, parts);
  }
  return true;
}

std::string Bracketed(absl::string_view host, bool has_port) {
  const bool v6 = host.find(':') != host.npos;
  return v6 && (has_port || MayEndInPort(host)) ? absl::StrCat("[", host, "]")
                                                : std::string(host);
}

bool IsNormalUnixPath(absl::string_view path) {
  if (path.size() < 2 || path.size() > Endpoint::kMaxPathBytes) return false;
  if (path[0] != '/' || path.back() == '/') return false;
  if (path.find('\0') != path.npos) return false;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at + 1), path.size());
    const absl::string_view name = path.substr(at + 1, end - at - 1);
    if (name.empty() || name == "." || name == "..") return false;
    at = end;
  }
  return true;
}

// Reads the parts of one endpoint.
class Endpoint::Reader {
 public:
  Reader(Endpoint* endpoint, SyntaxError* error)
      : endpoint_(*endpoint), error_(error) {}

  bool Read(absl::string_view text) {
    EndpointParts parts;
    if (!SplitEndpoint(text, &parts, error_)) return false;
    switch (parts.form) {
      case Form::kHost:
        return ReadHost(parts) && ReadPort(parts, kMaxIpPort);
      case Form::kUnix:
        return Unix(parts.host, &endpoint_) ||
               error_->Set(parts.host_at, kPathExpected);
      case Form::kAbstract:
        return Abstract(parts.host, &endpoint_) ||
               error_->Set(parts.host_at, kAbstractExpected);
      case Form::kVsock:
        return ReadVsock(parts);
    }
    return false;
  }

 private:
  bool Moved(bool read, size_t offset) {
    if (!read) error_->at += offset;
    return read;
  }

  bool ReadHost(const EndpointParts& parts) {
    if (parts.host.find(':') != parts.host.npos) return ReadIpv6(parts);
    SyntaxError no_address;
    if (ParseIpv4(parts.host, &endpoint_.address_, &no_address)) {
      endpoint_.kind_ = Kind::kAddress;
      return true;
    }
    endpoint_.kind_ = Kind::kName;
    if (!HostName::Parse(parts.host, &endpoint_.host_, error_)) {
      return Moved(false, parts.host_at);
    }
    return !endpoint_.host_.IsReserved() ||
           error_->Set(parts.host_at, "a word that is no host here");
  }

  bool ReadIpv6(const EndpointParts& parts) {
    const size_t percent = parts.host.find('%');
    endpoint_.kind_ = Kind::kAddress;
    if (!Moved(ParseIpv6(parts.host.substr(0, percent), &endpoint_.address_,
                         error_),
               parts.host_at)) {
      return false;
    }
    if (percent == parts.host.npos) return true;
    const absl::string_view zone = parts.host.substr(percent + 1);
    if (!IsZone(zone) || !TakesZone(endpoint_.address_)) {
      return error_->Set(parts.host_at + percent,
                         "expected the name or number of an interface, behind "
                         "a link-local address");
    }
    endpoint_.text_.assign(zone.data(), zone.size());
    return true;
  }

  bool ReadPort(const EndpointParts& parts, uint32_t limit) {
    if (!parts.has_port) return true;
    uint32_t port = 0;
    if (!ParseDecimal(parts.port, limit, &port)) {
      return error_->Set(parts.port_at, "expected a decimal port");
    }
    endpoint_.port_ = port;
    return true;
  }

  bool ReadVsock(const EndpointParts& parts) {
    endpoint_.kind_ = Kind::kVsock;
    if (!ParseDecimal(parts.host, UINT32_MAX, &endpoint_.cid_)) {
      return error_->Set(parts.host_at, "expected a decimal context id");
    }
    if (!parts.has_port) {
      return error_->Set(parts.host_at + parts.host.size(),
                         "expected \":\" and a port");
    }
    return ReadPort(parts, kMaxVsockPort);
  }

  Endpoint& endpoint_;
  SyntaxError* const error_;
};

bool Endpoint::Parse(absl::string_view text, Endpoint* endpoint,
                     SyntaxError* error) {
  *endpoint = Endpoint();
  return Reader(endpoint, error).Read(text);
}

Endpoint Endpoint::Name(const HostName& name, absl::optional<uint32_t> port) {
  Endpoint endpoint;
  endpoint.host_ = name;
  endpoint.port_ = port;
  return endpoint;
}

Endpoint Endpoint::Address(const IpAddress& address,
                           absl::optional<uint32_t> port) {
  Endpoint endpoint;
  endpoint.kind_ = Kind::kAddress;
  endpoint.address_ = address;
  endpoint.port_ = port;
  return endpoint;
}

Endpoint Endpoint::Vsock(uint32_t cid, uint32_t port) {
  Endpoint endpoint;
  endpoint.kind_ = Kind::kVsock;
  endpoint.cid_ = cid;
  endpoint.port_ = port;
  return endpoint;
}

bool Endpoint::Unix(absl::string_view path, Endpoint* endpoint) {
  if (!IsNormalUnixPath(path)) return false;
  *endpoint = Endpoint();
  endpoint->kind_ = Kind::kUnix;
  endpoint->text_.assign(path.data(), path.size());
  return true;
}

bool Endpoint::Abstract(absl::string_view name, Endpoint* endpoint) {
  if (name.empty() || name.size() > kMaxAbstractBytes) return false;
  if (name.find('\0') != name.npos) return false;
  *endpoint = Endpoint();
  endpoint->kind_ = Kind::kAbstract;
  endpoint->text_.assign(name.data(), name.size());
  return true;
}

Endpoint Endpoint::WithPort(uint32_t port) const {
  Endpoint endpoint = *this;
  endpoint.port_ = port;
  return endpoint;
}

std::string Endpoint::ToString() const {
  const std::string port = port_.has_value() ? absl::StrCat(":", *port_) : "";
  switch (kind_) {
    case Kind::kName:
      return absl::StrCat(name(), port);
    case Kind::kAddress: {
      const std::string host =
          absl::StrCat(address_.ToString(), text_.empty() ? "" : "%", text());
      return absl::StrCat(Bracketed(host, !port.empty()), port);
    }
    case Kind::kUnix:
      return absl::StrCat(kUnixPrefix, text());
    case Kind::kAbstract:
      return absl::StrCat(kAbstractPrefix, text());
    case Kind::kVsock:
      return absl::StrCat(kVsockPrefix, cid_, port);
  }
  return "";
}

}  // namespace net
}  // namespace postern
