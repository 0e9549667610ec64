#ifndef POSTERN_PROCESS_BPF_H_
#define POSTERN_PROCESS_BPF_H_

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "process/syscall_filter.h"

namespace postern {
namespace process {

// A filter as the kernel takes it: one program, as each is translated anew for
// each process that installs it, which takes longer than all its calls.
struct CompiledFilter {
  std::vector<sock_filter> program;  // at most BPF_MAXINSNS steps; may be empty
};

// Compiles the filter for this architecture, through libseccomp. Takes about a
// millisecond: keep the result. kInvalidArgument for a call that nobody
// knows, for tests that contradict the comments of syscall_filter.h, and for
// rules of one call in one list with different refusals; kResourceExhausted for
// more steps than the kernel takes. A call that only other architectures have
// is left out.
absl::StatusOr<CompiledFilter> CompileFilter(const SyscallFilter& filter);

// Puts this thread and all that it starts under the filter for ever; with
// `all_threads` those of the process that are there already, too. It wants
// no_new_privs (prctl(2)) or CAP_SYS_ADMIN. Returns the errno. Must be the last
// step of a launch: it may refuse what other steps need. Async-signal-safe.
int InstallFilter(const CompiledFilter& filter, bool all_threads = false);

// The number of a call on this architecture: also of calls that are newer than
// libseccomp. Below 0 if only other architectures have it, kNoSuchCall if
// nobody knows it.
constexpr int kNoSuchCall = -0x7fffffff;
int CallNumber(absl::string_view name);

// Calls with higher numbers are unknown here.
constexpr int kNewestCall = 471;

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_BPF_H_
