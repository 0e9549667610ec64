#ifndef POSTERN_NET_ENDPOINT_H_
#define POSTERN_NET_ENDPOINT_H_

#include <cstdint>
#include <string>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/address.h"
#include "net/host_name.h"
#include "net/syntax_error.h"

namespace postern {
namespace net {

// What network accesses ask about: the other end of a connection, or the own
// end of a listener. Each endpoint has one form, which rules are compared with.
// A value type; allocates only for zones and for names of unix sockets.
class Endpoint {
 public:
  enum class Kind : uint8_t {
    kName,      // a host by name
    kAddress,   // a host by address
    kUnix,      // a socket in the file system: absolute path in normal form
    kAbstract,  // a socket in Linux's abstract namespace (unix(7))
    kVsock,     // vsock(7): context id and port
  };
  // sockaddr_un's path, less the NUL that an abstract name begins with.
  static constexpr size_t kMaxAbstractBytes = 107;
  static constexpr size_t kMaxPathBytes = 4095;
  static constexpr size_t kMaxZoneBytes = 15;  // IFNAMSIZ less one

  // "host", "host:443", "10.0.0.1:80", "[::1]:80", "::1", "fe80::1%eth0",
  // "unix:/run/x", "unix-abstract:name", "vsock:2:1024". Hosts are those of
  // HostName, ParseIpv4() and ParseIpv6(). Ports are decimal, to 65535. No
  // wildcards here: "*" in a path or name is a byte.
  static bool Parse(absl::string_view text, Endpoint* endpoint,
                    SyntaxError* error);

  static Endpoint Name(const HostName& name, absl::optional<uint32_t> port);
  static Endpoint Address(const IpAddress& address,
                          absl::optional<uint32_t> port);
  static Endpoint Vsock(uint32_t cid, uint32_t port);
  // False for a path or name that means nothing.
  static bool Unix(absl::string_view path, Endpoint* endpoint);
  static bool Abstract(absl::string_view name, Endpoint* endpoint);

  Kind kind() const { return kind_; }
  // Views of this endpoint.
  absl::string_view name() const ABSL_ATTRIBUTE_LIFETIME_BOUND {  // kName
    return host_.text();
  }
  const HostName& host() const ABSL_ATTRIBUTE_LIFETIME_BOUND {  // kName
    return host_;
  }
  const IpAddress& address() const ABSL_ATTRIBUTE_LIFETIME_BOUND {  // kAddress
    return address_;
  }
  absl::string_view zone() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return kind_ == Kind::kAddress ? text() : "";
  }
  absl::string_view path() const ABSL_ATTRIBUTE_LIFETIME_BOUND {  // kUnix
    return text();
  }
  absl::string_view abstract() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return text();  // kAbstract
  }
  uint32_t cid() const { return cid_; }  // kVsock
  // nullopt = none is named; always there for kVsock, never for unix sockets.
  absl::optional<uint32_t> port() const { return port_; }

  // This endpoint with `port` in place of its own; for kName and kAddress.
  Endpoint WithPort(uint32_t port) const;
  // Parses back to this endpoint. Allocates.
  std::string ToString() const;

  friend bool operator==(const Endpoint& a, const Endpoint& b) {
    return a.kind_ == b.kind_ && a.host_ == b.host_ &&
           a.address_ == b.address_ && a.cid_ == b.cid_ && a.port_ == b.port_ &&
           a.text_ == b.text_;
  }

 private:
  class Reader;
  absl::string_view text() const { return text_; }

  Kind kind_ = Kind::kName;
  HostName host_;
  IpAddress address_;
  uint32_t cid_ = 0;
  absl::optional<uint32_t> port_;
  std::string text_;  // zone, path or abstract name
};

// The text of an endpoint or of a rule's pattern, split into what stands before
// the port and the port's own text.
struct EndpointParts {
  enum class Form : uint8_t { kHost, kUnix, kAbstract, kVsock };
  Form form = Form::kHost;
  absl::string_view host;  // without brackets and without "unix:" and the like
  size_t host_at = 0;      // in the text
  bool has_port = false;
  absl::string_view port;
  size_t port_at = 0;
};
bool SplitEndpoint(absl::string_view text, EndpointParts* parts,
                   SyntaxError* error);

// Absolute, without "//", ".", "..", NUL or a slash at the end.
bool IsNormalUnixPath(absl::string_view path);

// Returns `host` as it is written in front of a port: an IPv6 address in
// brackets. Without a port it gets them only if its end may be taken for one.
std::string Bracketed(absl::string_view host, bool has_port);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_ENDPOINT_H_
