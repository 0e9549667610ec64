#ifndef POSTERN_NET_CSP_SUBSUME_H_
#define POSTERN_NET_CSP_SUBSUME_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "net/csp/match.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// The answer to whether one policy allows all that others, together, allow.
struct Subsumption {
  bool holds = true;
  // If it does not hold, an example of what only the others allow: in words,
  // and as a load if it is one.
  Directive directive = Directive::kDefaultSrc;
  std::string counterexample;  // "images from https://w0.example/"
  absl::optional<Load> load;
};

// Whether all that the policies `b` allow together (a page with no policy may
// do anything) is allowed by `a`: every kind of load, inline code, code from
// strings, base URLs, forms, framing; sandbox, upgrades and trusted types that
// `a` demands are demanded by `b`. Reports are not compared. Exact, save that
//  - a nonce in `a` stands for any nonce: nonces are made for each response
//    (as in CSP: Embedded Enforcement, section 4.3);
//  - https://a:80, which "http://a:80" lets in by the letter, counts as allowed
//    where http://a:80 is, and wss: likewise: both lead to one server;
//  - 'unsafe-hashes' alone counts as a power, though nothing is hashed yet;
//  - where several policies of `b` have more than 100,000 pairs of sources, or
//    nonces and digests in more than 256 ways, the answer is no.
// Linear for one policy `b`.
Subsumption Subsumes(const Policy& a, absl::Span<const Policy> b,
                     const Origin& self, Dialect dialect);

// Tells, for every kind of load, inline code or power in which `b` allows more,
// an example as Subsumes() does for the first; empty if Subsumes() holds.
std::vector<Subsumption> Differences(const Policy& a,
                                     absl::Span<const Policy> b,
                                     const Origin& self, Dialect dialect);

// Whether `a` matches all that `b` matches, in any list.
bool SourceSubsumes(const Source& a, const Source& b, const Origin& self,
                    Dialect dialect);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_SUBSUME_H_
