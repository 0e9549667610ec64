#ifndef POSTERN_PROCESS_KEEPER_MEMORY_H_
#define POSTERN_PROCESS_KEEPER_MEMORY_H_

#include <cstddef>

#include "process/fork_child.h"
#include "process/thread_area.h"

namespace postern {
namespace process {

struct KeeperStart;

// What a keeper has for itself of its host's memory, which they share.
struct KeeperBlock {
  static constexpr size_t kStackSize = 64 << 10;
  static constexpr size_t kGuardSize = 64 << 10;  // pages, whatever their size

  char guard[kGuardSize];  // no access
  char keeper_stack[kStackSize];
  char program_stack[kStackSize];  // of the program's process, before exec
  alignas(64) char thread_area[kThreadAreaSize];
  SharingChild keeper;
  const KeeperStart* start;
  int host;     // its pid
  bool copied;  // the block too is the keeper's own: memory was not shared
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
