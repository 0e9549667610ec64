#include "permission/backstop/call_rules.h"

#include <errno.h>
#include <sched.h>

#include "permission/access.h"
#include "process/syscall_rules.h"

namespace postern {
namespace {

using process::CallGroup;
using process::SyscallRule;

// clone3(2), whose flags no filter can see, is refused with the namespaces.
SyscallRule NoThreads() {
  return {"clone", {process::HasBits(0, CLONE_THREAD)}, {EPERM}, "threads"};
}

SyscallRule NoBinding() { return {"bind", {}, {EACCES}, "listening"}; }

}  // namespace

CallRules FindCallRules(const PolicyRights& rights, bool refuse_metadata) {
  CallRules calls;
  calls.threads = rights.Allows(Access::Whole(Permission::kThreadCreate));
  calls.debugging = rights.Allows(Access::Whole(Permission::kDebugAttach));
  calls.signals = rights.Allows(Access::Whole(Permission::kProcessSignal));
  calls.any_program = rights.Allows(Access::Whole(Permission::kProcessSpawn));
  calls.refuses_metadata = refuse_metadata;
  return calls;
}

process::SyscallFilter MakeFilter(const CallRules& calls, const NetRules& net) {
  process::SyscallFilter filter;
  std::vector<SyscallRule>* const refused = &filter.refused;
  if (calls.debugging) {
    Append(process::RefusedCalls({CallGroup::kDebug}), refused);
  } else {
    Append(process::RefusedCalls(), refused);
  }
  process::AddSocketRules(net.kinds, &filter);
  if (net.refuses_bind) refused->push_back(NoBinding());
  Append(process::SharedIpcRules(), refused);
  if (!calls.any_program) Append(process::MemoryFileRules(), refused);
  if (calls.refuses_metadata) Append(process::MetadataRules(), refused);
  if (!calls.threads) refused->push_back(NoThreads());
  return filter;
}

}  // namespace postern
