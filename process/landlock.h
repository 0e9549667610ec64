#ifndef POSTERN_PROCESS_LANDLOCK_H_
#define POSTERN_PROCESS_LANDLOCK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "fs/base/file_descriptor.h"
#include "process/landlock_abi.h"  // IWYU pragma: export

namespace postern {
namespace process {

// One ruleset (landlock(7)): of what it handles, it allows what its rules
// allow and nothing else. A process may be under several; an access must pass
// each of them.
struct LandlockRules {
  // `access` to the object at `path` and all beneath it.
  struct Beneath {
    std::string path;  // absolute
    uint64_t access = 0;
  };
  // `access` to a port, on any address. Port 0 for binding means that the
  // kernel may choose one.
  struct Port {
    uint16_t port = 0;
    uint64_t access = 0;
  };

  uint64_t handled_fs = 0;   // rights of files, landlock::kExecute ...
  uint64_t handled_net = 0;  // rights of ports, landlock::kBindTcp ...
  uint64_t scoped = 0;       // landlock::kScopeSignal ...
  // Paths may lead through links, as of now. If not, one that does is missing
  // (ELOOP): for names that were decided as they stand (TOCTOU).
  bool follow_links = true;
  std::vector<Beneath> beneath;
  std::vector<Port> ports;
};

// A ruleset that the kernel holds, for any number of processes.
struct LandlockRuleset {
  fs::FileDescriptor fd;  // closed on exec

  // Rules that say nothing, because nothing with that path can be opened. The
  // others are in force, and the path stays refused, also if it appears later.
  struct Missing {
    size_t rule;  // index in `beneath`
    int error;    // ENOENT, EACCES ...
  };
  std::vector<Missing> missing;
};

// The version of Landlock here; 0 = none.
int LandlockAbi();

// Makes the ruleset. Rights that only directories can have fall away where the
// path is another kind of file: it has no entries. kInvalidArgument for a
// right that the ruleset does not handle, for an empty ruleset and for a path
// that is not absolute; kUnimplemented for what this kernel does not have.
// Opens descriptors, and closes all but one.
absl::StatusOr<LandlockRuleset> MakeLandlockRuleset(const LandlockRules& rules);

// landlock_restrict_self(2): puts this thread, and what it starts, under the
// ruleset for ever. It wants no_new_privs (prctl(2)) or CAP_SYS_ADMIN. Returns
// the errno: E2BIG if there are kMaxLayers already. Async-signal-safe.
int RestrictSelf(int ruleset, uint32_t flags = 0);

// Rights, ports and paths, a rule a line, for people.
std::string DescribeLandlock(const LandlockRules& rules);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_LANDLOCK_H_
