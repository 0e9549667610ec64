#ifndef POSTERN_PERMISSION_APPROVAL_RISK_H_
#define POSTERN_PERMISSION_APPROVAL_RISK_H_

#include <string>
#include <vector>

#include "permission/permission.h"
#include "permission/rule.h"

namespace postern {

namespace internal {
class TrialBudget;
}

// What somebody who approves a request should know about it. `code` is stable,
// for programs; `text` is for people and may change.
struct RiskNote {
  std::string code;
  std::string text;
};

// The risks of granting `permissions` for `pattern`, in the order of their
// codes below, each at most once:
//   voids-model          the app gets out of the model: native code, debugger,
//                        an interpreter, writing to /proc or reading there
//                        what memory or the environment hold
//   every-resource       no pattern, or one that matches everything
//   broad-path           "/", a top-level directory, a home directory
//   write-access         may change or delete files
//   any-host             every host, those of the machine and its network too
//   many-hosts           hosts by a wildcard, a block or a class of addresses
//   any-port             connections to every port
//   local-address        connections to this machine or its network
//   metadata-address     connections to where clouds tell machines credentials
//   local-socket         connections to unix or vsock sockets
//   further-arguments    the call accepts more arguments than are listed
//   any-argument         an argument pattern that says nothing
//   any-call             a call of which no argument is limited
//   interpreter          a call that may start an interpreter or a program that
//                        starts others
//   obeys-folder         one that may start a program which runs what its
//   folder
//                        or configuration says
//   names-files          one that may start a program which takes files by its
//                        options
//   operand              an argument may be "of=FILE" or "@FILE"
//   code-from-outside    code.import, code.eval
//   accepts-connections  net.listen
//   sees-secret          secret.reveal
//   unreadable-pattern   this version cannot read the pattern
// Computed from what the compiled pattern matches, however it is spelled. A
// note is a hint. None means that this list knows nothing, not "harmless":
// what a plugin does with an argument is not known here, and variables are
// taken to be two directories deep. `budget` is shared by the requests of one
// app; beyond it, notes on calls and on /proc say what could be worst. Null:
// its own.
std::vector<RiskNote> RisksOf(PermissionSet permissions,
                              const RulePattern& pattern,
                              internal::TrialBudget* budget = nullptr);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_RISK_H_
