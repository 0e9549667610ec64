#ifndef POSTERN_BENCHMARKS_CHILD_COST_H_
#define POSTERN_BENCHMARKS_CHILD_COST_H_

#include <string>

#include "absl/types/optional.h"
#include "permission/backstop/confined_launcher.h"

namespace postern {
namespace benchmarks {

// What a program pays that is confined, while it runs.

// Nanoseconds a call, as child_calls.cc measures them.
struct CallTimes {
  double open_and_close = 0;
  double getppid = 0;
};

// The program child_calls beside this one; "" if it is not there.
std::string ChildCallsProgram();

// Of a plain start, and of one by `launcher`, whose context lets the program
// start and read its libraries. None if it did not end well.
absl::optional<CallTimes> PlainCallTimes(const std::string& program);
absl::optional<CallTimes> ConfinedCallTimes(ConfinedLauncher* launcher,
                                            const std::string& program);

// KiB of memory that no file stands behind, shared pages by their share
// (Pss_Anon of proc_pid_smaps(5)), of all processes that `postern exec` takes
// while its program runs. `postern` is the program's path. None where /proc
// does not tell.
absl::optional<double> ExecMemoryKib(const std::string& postern);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_CHILD_COST_H_
