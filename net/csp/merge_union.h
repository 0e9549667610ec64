#ifndef POSTERN_NET_CSP_MERGE_UNION_H_
#define POSTERN_NET_CSP_MERGE_UNION_H_

#include <vector>

#include "net/csp/merge.h"
#include "net/csp/merge_allowed.h"
#include "net/csp/merge_ledger.h"

namespace postern {
namespace csp {
namespace internal {

// Merges the grants into the base, before any ceiling. Places are entries of
// the ledger. `allowance` is the base's.
Policy UnionOf(const Policy& base, const std::vector<const GrantInput*>& grants,
               Allowance* allowance, Ledger* ledger, std::vector<Note>* notes);

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_MERGE_UNION_H_
