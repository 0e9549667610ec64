#ifndef POSTERN_PROCESS_FORK_CHILD_H_
#define POSTERN_PROCESS_FORK_CHILD_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"

namespace postern {
namespace process {

// A child that shares the memory of its parent: nothing is copied. It has a
// stack of its own, and runs a function that does not return.
struct SharingChild {
  static constexpr size_t kStackSize = 64 << 10;

  void (*run)(void*) = nullptr;
  void* argument = nullptr;
  char* stack = nullptr;  // kStackSize bytes, aligned to 16
  uint64_t new_namespaces = 0;
};

// The parent waits until the child ends or executes a program, as with
// vfork(2). Returns the child's id, and a descriptor of it in `pidfd`; or -1
// with errno. The calling thread has all signals blocked. Async-signal-safe.
pid_t ForkSharing(const SharingChild& child, int* pidfd);

// The same, and the child begins in the cgroup (v2) of the open `directory`
// (clone3(2), CLONE_INTO_CGROUP). ENOSYS where this cannot be had.
pid_t ForkSharingIntoCgroup(const SharingChild& child, int directory,
                            int* pidfd);

// Whether memory is shared without harm. Before Linux 5.16 (commit
// 0258b5fd7c71) a crash killed all that share it; a sanitizer keeps its own
// state in it.
bool MaySafelyShare();

// Runs `body` in a child that shares the memory of the calling process, and
// waits for its end. No handler of a signal runs in it; system calls only.
// False if there is no such child; true does not mean that `body` came to its
// end, nor that memory was shared (valgrind makes copies): it tells that
// itself.
bool RunSharing(absl::FunctionRef<void()> body);

// The parent goes on, and may have threads. `child` and all that it names stay
// until the child has ended, which sends no signal. It has the thread pointer
// `thread` (thread_area.h). ENOSYS where this cannot be had.
pid_t ForkBeside(const SharingChild* child, void* thread, int* pidfd);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_FORK_CHILD_H_
