#include "permission/backstop/call_rules.h"

#include <errno.h>
#include <sched.h>

#include <cstdint>

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

// A process that runs beside its parent in the same memory is a thread in all
// but name; vfork(2)'s parent waits, as long as its child lives.
SyscallRule NoSharedMemory() {
  constexpr uint64_t kBoth = CLONE_VM | CLONE_VFORK;
  return {"clone", {{0, CLONE_VM, kBoth}}, {EPERM}, "threads"};
}

// Landlock does not look at watches, which tell names.
SyscallRule NoWatching() {
  return {"inotify_add_watch", {}, {EACCES}, "watching"};
}

SyscallRule NoBinding() { return {"bind", {}, {EACCES}, "listening"}; }

}  // namespace

CallRules FindCallRules(const PolicyRights& rights, bool refuse_metadata) {
  CallRules calls;
  calls.threads = rights.Allows(Access::Whole(Permission::kThreadCreate));
  calls.debugging = rights.Allows(Access::Whole(Permission::kDebugAttach));
  calls.signals = rights.Allows(Access::Whole(Permission::kProcessSignal));
  calls.any_program = rights.Allows(Access::Whole(Permission::kProcessSpawn));
  calls.watching = rights.Allows(Access::Whole(Permission::kFsRead));
  calls.refuses_metadata = refuse_metadata;
  return calls;
}

process::SyscallFilter MakeFilter(const CallRules& calls, const NetRules& net) {
  process::SyscallFilter filter =
      calls.debugging ? process::RefusedCalls({CallGroup::kDebug})
                      : process::RefusedCalls();
  std::vector<SyscallRule>* const refused = &filter.refused;
  process::AddSocketRules(net.kinds, &filter);
  if (net.refuses_bind) refused->push_back(NoBinding());
  Append(process::SharedIpcRules(), refused);
  if (!calls.any_program) Append(process::MemoryFileRules(), refused);
  if (calls.refuses_metadata) Append(process::MetadataRules(), refused);
  if (!calls.watching) refused->push_back(NoWatching());
  if (!calls.threads) {
    refused->push_back(NoThreads());
    refused->push_back(NoSharedMemory());
  }
  return filter;
}

}  // namespace postern
