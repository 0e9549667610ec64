#ifndef POSTERN_PERMISSION_BACKSTOP_CALL_RULES_H_
#define POSTERN_PERMISSION_BACKSTOP_CALL_RULES_H_

#include "permission/backstop/net_rules.h"
#include "permission/backstop/policy_rights.h"
#include "process/syscall_filter.h"

namespace postern {

// What of a policy is about system calls.
struct CallRules {
  bool threads = false;      // thread.create is granted
  bool watching = false;     // of directories, which tells names in them
  bool debugging = false;    // debug.attach is granted
  bool signals = false;      // process.signal is granted for every process
  bool any_program = false;  // process.spawn is granted for every program
  bool refuses_metadata = false;
};

CallRules FindCallRules(const PolicyRights& rights, bool refuse_metadata);

// The filter that refuses all else.
process::SyscallFilter MakeFilter(const CallRules& calls, const NetRules& net);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_CALL_RULES_H_
