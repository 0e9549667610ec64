#ifndef POSTERN_NET_CSP_HEADER_FILTER_H_
#define POSTERN_NET_CSP_HEADER_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

struct Header {
  std::string name;
  std::string value;
};

struct FilterOptions {
  // The host's policy for the app's pages, in force whatever the app says.
  Policy policy;
  Origin self;  // of the pages; empty = AssumedOrigin()

  enum class AppPolicy : uint8_t {
    kDrop,    // the app's own Content-Security-Policy is left out
    kNarrow,  // it and its X-Frame-Options narrow the host's, and never widen
  };
  AppPolicy app_policy = AppPolicy::kDrop;

  // Origins that the app may open its responses to (CORS); empty = none.
  std::vector<Origin> cors_origins;

  // "" = the app sets no cookies. Else the path that they are kept to, such as
  // "/apps/notes/"; Domain is left out, Secure and SameSite are added, and
  // cookies called __Host-, __Http- or __Secure- are left out.
  std::string cookie_path;
};

struct FilteredHeaders {
  std::vector<Header> headers;
  // What was left out or changed, for the host's log: "Set-Cookie: left out".
  std::vector<std::string> notes;
};

// Returns the headers with which a host answers in place of an app's own, so
// that an app cannot widen its pages' policy, steal cookies or steer the server
// in front: exactly one Content-Security-Policy, an X-Frame-Options that says
// what frame-ancestors says, and of the app's headers that concern others than
// itself only what the options let through. Left out: every "-Report-Only" and
// places for reports, CORS and cookies beyond the options; what is of the whole
// origin (Alt-Svc, Clear-Site-Data, Origin-Agent-Cluster,
// Service-Worker-Allowed, Strict-Transport-Security, Public-Key-Pins,
// Accept-CH, Set-Login, demands for a password); what steers a server in front
// (X-Accel-*, X-Sendfile, X-LIGHTTPD-*, X-LiteSpeed-*, X-Reproxy-*, Proxy-*);
// and headers whose name or value holds CR, LF, NUL or another control byte.
// Other headers pass as they are. Linear; with kNarrow, policies of the app
// beyond 16 KiB, or too many pairs of sources, are left out.
FilteredHeaders FilterHeaders(const std::vector<Header>& app,
                              const FilterOptions& options);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_HEADER_FILTER_H_
