#ifndef POSTERN_PERMISSION_BACKSTOP_NET_ROWS_H_
#define POSTERN_PERMISSION_BACKSTOP_NET_ROWS_H_

#include <vector>

#include "permission/backstop/net_rules.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/report.h"

namespace postern {

// Adds what is to be said of each rule for net.connect, net.listen and
// net.resolve, and of what no rule grants. `filters`: a filter of system calls
// refuses the kinds of sockets that the rules leave out.
void AddNetRows(const PolicyRights& rights, const NetRules& rules, bool filters,
                std::vector<EnforcementRow>* rows);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_NET_ROWS_H_
