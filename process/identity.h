#ifndef POSTERN_PROCESS_IDENTITY_H_
#define POSTERN_PROCESS_IDENTITY_H_

#include <sys/types.h>

#include <vector>

#include "absl/status/status.h"

namespace postern {
namespace process {

// Whom a program runs as.
struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary; these and no others
};

// InvalidArgument for the number that means "leave as it is" to setresuid(2),
// 4294967295: the program would stay who started it.
absl::Status CheckIdentity(const Identity& identity);

// Takes it for ever: real, effective and saved ids (setresuid(2)). For this
// thread, and so for a process of one. Returns the errno; some of it may be
// taken then. The signal of the parent's death must be asked for again
// (prctl(2), PR_SET_PDEATHSIG). Async-signal-safe.
int TakeIdentity(const Identity& identity);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_IDENTITY_H_
