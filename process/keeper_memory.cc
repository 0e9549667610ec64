#include "process/keeper_memory.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace postern {
namespace process {
namespace {

bool HasPreloads() {
  const char* const preload = getenv("LD_PRELOAD");
  return (preload != nullptr && *preload != '\0') ||
         access("/etc/ld.so.preload", F_OK) == 0;
}

}  // namespace

bool CanShareMemory(const ChildSteps& child) {
  return child.identity == nullptr && child.cloned_namespaces == nullptr &&
         MaySafelyShare() && !HasPreloads();
}

KeeperMemory::KeeperMemory(KeeperMemory&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)) {}

KeeperMemory& KeeperMemory::operator=(KeeperMemory&& other) noexcept {
  std::swap(block_, other.block_);
  return *this;
}

KeeperMemory::~KeeperMemory() {
  if (block_ != nullptr) munmap(block_, sizeof(KeeperBlock));
}

KeeperMemory KeeperMemory::Map() {
  KeeperMemory memory;
  void* const mapped =
      mmap(nullptr, sizeof(KeeperBlock), PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return memory;
  memory.block_ = static_cast<KeeperBlock*>(mapped);
  if (mprotect(mapped, KeeperBlock::kGuardSize, PROT_NONE) != 0) {
    memory = KeeperMemory();
  }
  return memory;
}

}  // namespace process
}  // namespace postern
