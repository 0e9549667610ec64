#ifndef POSTERN_NET_CSP_SUBSUME_PARTS_H_
#define POSTERN_NET_CSP_SUBSUME_PARTS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "net/csp/match.h"
#include "net/csp/policy.h"
#include "net/csp/subsume.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {
namespace internal {

// What Subsumes() compares, for as long as it does.
struct Sides {
  const Policy& a;
  absl::Span<const Policy> b;
  const Origin& self;
  Dialect dialect;
};

// Each part looks for something that the policies `b` allow together and `a`
// does not, for one kind of load, code or power; nullopt if there is nothing.
using Difference = absl::optional<Subsumption>;
Difference CompareLoads(const Sides& sides, Directive leaf);
Difference CompareInline(const Sides& sides, InlineKind kind);
// Demands on a page: sandbox, upgrades, trusted types.
Difference CompareDemand(const Sides& sides, Directive directive);
// Code from strings and its like, each power by itself.
std::vector<Subsumption> ComparePowers(const Sides& sides);

inline Difference NoDifference() { return absl::nullopt; }
Difference Differs(Directive directive, std::string counterexample);

// The values of the lists of `b` that govern, without those that are silent.
std::vector<const DirectiveValue*> GoverningInB(const Sides& sides,
                                                Directive directive);

std::set<std::string> ValuesOf(const std::vector<PlacedSource>& sources,
                               SourceKind kind);

// A nonce and a digest, "" = none.
struct Marks {
  std::string nonce;
  std::string hash;
};

// Returns marks that stand for all others: of values that stand in the same
// lists, and are all known or all unknown, one is enough. Empty if there would
// be too many.
std::vector<Marks> RepresentativeMarks(
    const std::vector<std::set<std::string>>& nonces,
    const std::vector<std::set<std::string>>& hashes,
    const std::set<std::string>& known);

constexpr char kTooManyMarks[] = "more nonces and digests than can be compared";

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_SUBSUME_PARTS_H_
