#ifndef POSTERN_PROCESS_KEEPER_MEMORY_H_
#define POSTERN_PROCESS_KEEPER_MEMORY_H_

#include <cstddef>

#include "process/child_steps.h"
#include "process/fork_child.h"
#include "process/thread_area.h"

namespace postern {
namespace process {

// Whether a keeper can share its host's memory. Not
//   - if its child takes another identity: the memory would be undumpable for
//     the host as well (prctl(2), PR_SET_DUMPABLE)
//   - if its child is in a pid namespace of its own: who has no parent there
//     does not see it die, and might go on
//   - with preloaded libraries, whose functions may keep things for a thread
//   - where nobody may (MaySafelyShare()).
bool CanShareMemory(const ChildSteps& child);

// What a keeper has for itself of its host's memory, if they share it. What
// runs over the end of a stack must not write to the host: it meets the guard,
// or the stack below, which is in use only while the keeper waits.
struct KeeperBlock {
  static constexpr size_t kGuardSize = 64 << 10;  // pages, whatever their size

  char guard[kGuardSize];
  char program_stack[SharingChild::kStackSize];  // of the program's process,
                                                 // before exec
  char keeper_stack[SharingChild::kStackSize];
  alignas(64) char thread_area[kThreadAreaSize];
  SharingChild keeper;
};

// Owns one. It stays until the keeper has ended.
class KeeperMemory {
 public:
  KeeperMemory() = default;
  KeeperMemory(KeeperMemory&& other) noexcept;
  KeeperMemory& operator=(KeeperMemory&& other) noexcept;
  ~KeeperMemory();

  // A block of zeros. Without one, and with errno, if there is no memory.
  static KeeperMemory Map();
  KeeperBlock* get() const { return block_; }
  // For good: somebody may still be using it.
  void Leak() { block_ = nullptr; }

 private:
  KeeperBlock* block_ = nullptr;
};

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_KEEPER_MEMORY_H_
