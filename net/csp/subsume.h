#ifndef POSTERN_NET_CSP_SUBSUME_H_
#define POSTERN_NET_CSP_SUBSUME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "net/csp/match.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// Whether one policy allows all that others, together, allow.
struct Subsumption {
  bool holds = true;
  // If not: what for, a sentence, and a load where it is one.
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

// The same, with every kind of load, inline code or power in which `b` allows
// more; empty if Subsumes() holds.
std::vector<Subsumption> Differences(const Policy& a,
                                     absl::Span<const Policy> b,
                                     const Origin& self, Dialect dialect);

// Of one source over another, in any list.
bool SourceSubsumes(const Source& a, const Source& b, const Origin& self,
                    Dialect dialect);

// A source that matches, to both dialects, only what both match, and as much
// of it as one source can; nullopt if none matches anything.
absl::optional<Source> IntersectSources(const Source& a, const Source& b,
                                        Directive directive,
                                        const Origin& self);

// How many pairs of sources may still be met one by one, some 20 microseconds
// each, in one call or in many that belong together. To see that two have
// nothing in common takes a hundredth.
class PairBudget {
 public:
  explicit PairBudget(int pairs) : left_(int64_t{100} * pairs) {}
  void TakeGlance() { left_ -= 1; }
  void TakePair() { left_ -= 100; }
  bool IsSpent() const { return left_ < 0; }

 private:
  int64_t left_;
};

// A policy that allows only what both allow, and of that all that one policy
// can say. Sources of `a` come first. ResourceExhausted where the budget, of
// 20,000 pairs unless one is given, does not do; FailedPrecondition if no one
// policy keeps within both.
absl::StatusOr<Policy> Intersect(const Policy& a, const Policy& b,
                                 const Origin& self);
absl::StatusOr<Policy> Intersect(const Policy& a, const Policy& b,
                                 const Origin& self, PairBudget* budget);

// Which sources, for one leaf directive, a list allows already, to both
// dialects, without marks beside them. Making it takes time linear in the list,
// an answer none that hangs on it. Immutable, and alone in what it keeps.
class AllowedByList {
 public:
  AllowedByList(const DirectiveValue& list, Directive leaf, const Origin& self);
  ~AllowedByList();
  AllowedByList(AllowedByList&&) noexcept;
  AllowedByList& operator=(AllowedByList&&) noexcept;

  bool Allows(const Source& source) const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// The origin that is assumed where none is known: https, a host that is
// nobody's (RFC 6761).
Origin AssumedOrigin();

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_SUBSUME_H_
