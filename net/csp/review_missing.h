#ifndef POSTERN_NET_CSP_REVIEW_MISSING_H_
#define POSTERN_NET_CSP_REVIEW_MISSING_H_

#include <string>
#include <vector>

#include "net/csp/findings.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"

namespace postern {
namespace csp {
namespace internal {

// Returns what FindingsOf() would say about the words that `missing` tells of
// if they were granted, with all conflicts accepted and without a ceiling.
std::vector<Finding> FindingsIfGranted(const MergeInput& input,
                                       const std::string& app,
                                       const std::vector<Note>& missing,
                                       const OpenHosts& open_hosts,
                                       const Origin& self);

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_REVIEW_MISSING_H_
