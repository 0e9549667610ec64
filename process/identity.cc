#include "process/identity.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace postern {
namespace process {

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
