#ifndef POSTERN_NET_CSP_MERGE_ALLOWED_H_
#define POSTERN_NET_CSP_MERGE_ALLOWED_H_

#include <map>
#include <vector>

#include "net/csp/allowed_by_list.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {
namespace internal {

// Whether the source is a keyword that allows turning text into code.
// script-src governs that, and no leaf directive.
bool IsEvalKeyword(const Source& source);

// The leaf directives that fall back to `directive`, itself if it is one.
std::vector<Directive> LeavesUnder(Directive directive);

// Whether a directive before `directive` in the leaf's fallback chain stands
// in the policy, so that `directive` does not count for it.
bool IsShadowed(const Policy& policy, Directive leaf, Directive directive);

// Tells which sources a policy allows. Each of its lists is looked at once for
// each kind of load, however many sources are asked about. Keeps a reference to
// the policy.
class Allowance {
 public:
  Allowance(const Policy& policy, const Origin& self)
      : policy_(policy), self_(self) {}

  // Which sources of `asked`, of a fetch directive, the policy allows wherever
  // that directive would count.
  std::vector<bool> AllowedSources(const DirectiveValue& asked);

 private:
  bool Allows(Directive leaf, const Source& source);
  bool CountsForCode(Directive directive) const;

  const Policy& policy_;
  const Origin self_;
  std::map<Directive, AllowedByList> lists_;  // by leaf, and script-src
};

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_MERGE_ALLOWED_H_
