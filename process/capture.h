#ifndef POSTERN_PROCESS_CAPTURE_H_
#define POSTERN_PROCESS_CAPTURE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "process/child.h"
#include "process/launch_plan.h"
#include "process/launcher.h"

namespace postern {
namespace process {

struct CaptureOptions {
  size_t max_bytes = 1 << 20;  // of standard output and error, each
  // Whether a program that prints more is ended; else it goes on, and the rest
  // is thrown away.
  bool end_at_max = false;
};

struct Captured {
  ChildEvent end;
  std::string output;
  std::string error_output;
  bool truncated = false;        // more was written than is kept
  bool ended_by_output = false;  // and the program was killed for it
};

// Launches a program with pipes for standard output and error, and waits for
// its end. Errors as of Launch; and Internal if somebody killed its keeper. A
// keeper that somebody stopped is killed some seconds after the wall time of
// the plan, if that has one. Safe in programs with threads.
absl::StatusOr<Captured> RunCaptured(LaunchPlan plan,
                                     const CaptureOptions& options,
                                     LaunchReport* report = nullptr);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CAPTURE_H_
