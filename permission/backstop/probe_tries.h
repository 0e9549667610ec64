#ifndef POSTERN_PERMISSION_BACKSTOP_PROBE_TRIES_H_
#define POSTERN_PERMISSION_BACKSTOP_PROBE_TRIES_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace postern {

// One thing that a confined process tries.
struct ProbeTry {
  enum class What : uint8_t {
    kRead,        // open `path` for reading
    kList,        // open the directory `path`
    kWrite,       // open `path` for writing; nothing is written
    kMakeEntry,   // link the file `path` to the name `entry`
    kExecute,     // start `path`, which is empty
    kChangeMode,  // chmod(2)
    kConnect,     // TCP to `port` of 127.0.0.1
    kSend,        // UDP, the same
    kBind,        // TCP
    kBindUdp,
    kUnix,      // make a unix socket
    kBindUnix,  // and bind it to an abstract name
    kSee,       // see `path` as it is, and not a mask
    kVsock,     // make a socket to virtual machines
    kSignal,    // ask whether another process can be signalled
    kThread,    // clone(2) of a thread, with flags that cannot succeed
    kDebug,     // ptrace(2): be traced
  };
  What what = What::kRead;
  std::string path;
  // Of a `path` in /proc/self/fd, a file without a name: its number, the
  // directory it was made in, and a name there that nothing has. Else -1.
  int descriptor = -1;
  std::string directory;
  std::string entry;
  uint16_t port = 0;
};

enum class ProbeResult : uint8_t {
  kNotTried = 0,
  kRefused,  // by the plan
  kPassed,   // it went through, or failed for want of something else
};

// Tries it now, and undoes it. `other` is a process of the same user, which no
// plan holds, for kSignal. Async-signal-safe. kThread and kDebug are only for
// processes that end soon.
ProbeResult Attempt(const ProbeTry& what, pid_t other);

// Makes the file of a try anew that links it, in this process, which entered
// other mounts: no link is made from one mount to another. Async-signal-safe.
void RenewFile(const ProbeTry& what);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PROBE_TRIES_H_
