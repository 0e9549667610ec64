#ifndef POSTERN_NET_CSP_INTERSECT_H_
#define POSTERN_NET_CSP_INTERSECT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// Returns a source that matches, to both dialects, only what both sources
// match, and as much of that as one source can; nullopt if there is no such
// source.
absl::optional<Source> IntersectSources(const Source& a, const Source& b,
                                        Directive directive,
                                        const Origin& self);

// Bounds the cost of Intersect(): how many pairs of sources it may still
// intersect one by one, at some 20 microseconds each. Several calls that belong
// together share one budget. A glance, which only shows that two sources have
// nothing in common, costs a hundredth of a pair.
class PairBudget {
 public:
  explicit PairBudget(int pairs) : left_(int64_t{100} * pairs) {}
  void TakeGlance() { left_ -= 1; }
  void TakePair() { left_ -= 100; }
  bool IsSpent() const { return left_ < 0; }

 private:
  int64_t left_;
};

// Returns a policy that allows only what both policies allow, and as much of
// that as one policy can say. Sources of `a` come first. ResourceExhausted if
// the budget runs out (it has 20,000 pairs unless one is given);
// FailedPrecondition if no one policy keeps within both.
absl::StatusOr<Policy> Intersect(const Policy& a, const Policy& b,
                                 const Origin& self);
absl::StatusOr<Policy> Intersect(const Policy& a, const Policy& b,
                                 const Origin& self, PairBudget* budget);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_INTERSECT_H_
