#include "process/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace postern {
namespace process {
namespace {

// Of what is executed. The errno.
int LimitBounds(uint64_t kept) {
  // Behind the last capability that the kernel knows, EINVAL.
  for (unsigned long number = 0; number < 64; ++number) {
    if ((kept >> number & 1) != 0) continue;
    const int there = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
    if (there < 0) break;
    if (there == 0) continue;  // which may be dropped by nobody twice
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) return errno;
  }
  return 0;
}

}  // namespace

bool IsSystemAdministrator() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  return syscall(SYS_capget, &header, sets) == 0 &&
         (sets[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

int KeepCapabilities(uint64_t kept) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return errno;
  if ((sets[0].permitted | sets[1].permitted) == 0) return 0;
  const int error = LimitBounds(kept);
  // Only root gets capabilities by executing, under no_new_privs.
  if (error != 0 && (error != EPERM || getuid() == 0 || geteuid() == 0)) {
    return error;
  }
  // Not there before Linux 4.3, nor are ambient ones.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int half = 0; half < 2; ++half) {
    const uint32_t part = static_cast<uint32_t>(kept >> (32 * half));
    sets[half].permitted &= part;
    sets[half].effective &= part;
    sets[half].inheritable = 0;
  }
  return syscall(SYS_capset, &header, sets) == 0 ? 0 : errno;
}

}  // namespace process
}  // namespace postern
