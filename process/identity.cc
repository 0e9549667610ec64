#include "process/identity.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace postern {
namespace process {

absl::Status CheckIdentity(const Identity& identity) {
  constexpr id_t kLeave = ~id_t{0};
  bool known = identity.uid != kLeave && identity.gid != kLeave;
  for (const gid_t group : identity.groups) known = known && group != kLeave;
  return known ? absl::OkStatus()
               : absl::InvalidArgumentError(
                     "expected an identity of users and groups below "
                     "4294967295, which leaves a program as who started it");
}

// The system calls, not libc's functions: these change all threads of a
// program, and so take locks.
int TakeIdentity(const Identity& identity) {
  const bool taken =
      syscall(SYS_setgroups, identity.groups.size(), identity.groups.data()) ==
          0 &&
      syscall(SYS_setresgid, identity.gid, identity.gid, identity.gid) == 0 &&
      syscall(SYS_setresuid, identity.uid, identity.uid, identity.uid) == 0;
  return taken ? 0 : errno;
}

}  // namespace process
}  // namespace postern
