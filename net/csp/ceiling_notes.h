#ifndef POSTERN_NET_CSP_CEILING_NOTES_H_
#define POSTERN_NET_CSP_CEILING_NOTES_H_

#include <vector>

#include "net/csp/merge.h"
#include "net/csp/merge_ledger.h"

namespace postern {
namespace csp {
namespace internal {

// Notes what a ceiling changed in a merged policy: words that are left out or
// narrowed, and directives that it adds. Places of both policies are entries of
// the ledger.
void TellOfCeiling(const Policy& before, const Policy& after,
                   const Ledger& ledger, std::vector<Note>* notes);

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_CEILING_NOTES_H_
