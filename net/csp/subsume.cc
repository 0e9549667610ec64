#include "net/csp/subsume.h"

#include <utility>

#include "net/csp/subsume_parts.h"

namespace postern {
namespace csp {
namespace {

using internal::Difference;
using internal::Sides;

constexpr size_t kMaxLists = 64;

// The differences, one a kind of load or power; at most the first if one is
// enough.
class Comparison {
 public:
  Comparison(const Sides& sides, bool first_only)
      : sides_(sides), first_only_(first_only) {}

  std::vector<Subsumption> Run() {
    if (sides_.b.size() > kMaxLists) {
      Keep(internal::Differs(Directive::kDefaultSrc,
                             "more policies than can be compared"));
      return std::move(found_);
    }
    RunLoads();
    for (InlineKind kind : {InlineKind::kScript, InlineKind::kScriptAttribute,
                            InlineKind::kJavaScriptUrl, InlineKind::kStyle,
                            InlineKind::kStyleAttribute}) {
      if (GoesOn()) Keep(internal::CompareInline(sides_, kind));
    }
    for (Subsumption& power : internal::ComparePowers(sides_)) {
      if (GoesOn()) Keep(std::move(power));
    }
    for (Directive directive :
         {Directive::kSandbox, Directive::kUpgradeInsecureRequests,
          Directive::kRequireTrustedTypesFor, Directive::kTrustedTypes}) {
      if (GoesOn()) Keep(internal::CompareDemand(sides_, directive));
    }
    return std::move(found_);
  }

 private:
  void RunLoads() {
    for (Directive leaf : LeafDirectives()) {
      const bool attribute =
          leaf == Directive::kScriptSrcAttr || leaf == Directive::kStyleSrcAttr;
      if (!attribute && GoesOn()) Keep(internal::CompareLoads(sides_, leaf));
    }
    for (Directive list : {Directive::kBaseUri, Directive::kFormAction,
                           Directive::kFrameAncestors}) {
      if (GoesOn()) Keep(internal::CompareLoads(sides_, list));
    }
  }

  bool GoesOn() const { return !first_only_ || found_.empty(); }

  void Keep(Difference difference) {
    if (difference) found_.push_back(*std::move(difference));
  }

  const Sides& sides_;
  const bool first_only_;
  std::vector<Subsumption> found_;
};

}  // namespace

Subsumption Subsumes(const Policy& a, absl::Span<const Policy> b,
                     const Origin& self, Dialect dialect) {
  const Sides sides{a, b, self, dialect};
  std::vector<Subsumption> found = Comparison(sides, true).Run();
  return found.empty() ? Subsumption() : std::move(found[0]);
}

std::vector<Subsumption> Differences(const Policy& a,
                                     absl::Span<const Policy> b,
                                     const Origin& self, Dialect dialect) {
  const Sides sides{a, b, self, dialect};
  return Comparison(sides, false).Run();
}

}  // namespace csp
}  // namespace postern
