#ifndef POSTERN_BINDINGS_LUA_LIMITED_CHILD_H_
#define POSTERN_BINDINGS_LUA_LIMITED_CHILD_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace postern {
namespace lua {

struct ChildLimits {
  int cpu_seconds = 1;
  size_t memory_bytes = 96 << 20;  // beyond what the parent has mapped
  absl::Duration time = absl::Seconds(5);
  size_t output_bytes = 1 << 20;  // beyond that the child is killed
};

struct ChildResult {
  std::string output;
  std::string error;  // "" if the body came to its end
};

// Runs `body(output, directory)` in a fork of this process that has no other
// descriptors than a pipe to write to and `directory` (standard input, output
// and error are /dev/null), makes no process, no core and no file, and is
// killed when it reaches a limit or when its parent's thread ends. Only
// RLIMIT_NPROC does not bind the superuser. The kernel's limits hold whatever
// the body does; what system calls it may make is not limited.
//
// The body may use malloc, which glibc repairs in a child, and nothing else of
// the parent that another thread might hold locked.
ChildResult RunInLimitedChild(const ChildLimits& limits, int directory,
                              absl::FunctionRef<void(int, int)> body);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_LIMITED_CHILD_H_
