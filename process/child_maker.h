#ifndef POSTERN_PROCESS_CHILD_MAKER_H_
#define POSTERN_PROCESS_CHILD_MAKER_H_

#include <sys/types.h>

#include <utility>

#include "fs/base/file_descriptor.h"
#include "process/cgroup.h"
#include "process/child.h"
#include "process/keeper.h"
#include "process/keeper_memory.h"
#include "process/launcher.h"

namespace postern {
namespace process {

// A keeper, and what it has of this process's memory. Killed at the end if
// nobody waited for it.
class RunningKeeper {
 public:
  RunningKeeper() = default;
  RunningKeeper(pid_t pid, fs::FileDescriptor pidfd, KeeperMemory memory)
      : pid_(pid), pidfd_(std::move(pidfd)), memory_(std::move(memory)) {}
  RunningKeeper(RunningKeeper&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        pidfd_(std::move(other.pidfd_)),
        memory_(std::move(other.memory_)) {}
  RunningKeeper& operator=(RunningKeeper&& other) noexcept;
  ~RunningKeeper();

  void Signal(int number) const;
  // Waits for its end: it has told of the tree's, or was killed.
  void Reap();
  // It was killed, and what it started is dying, but may still have the memory.
  void LeakMemory() { memory_.Leak(); }

 private:
  pid_t pid_ = -1;
  fs::FileDescriptor pidfd_;
  KeeperMemory memory_;
};

// What the launcher has of a program that it started: a Child in parts.
struct ChildParts {
  RunningKeeper keeper;
  pid_t program = -1;
  fs::FileDescriptor pidfd;
  fs::FileDescriptor channel;  // to the keeper
  Cgroup cgroup;
  LaunchReport report;
};

// Makes a Child of its parts: for the launcher alone.
class ChildMaker {
 public:
  static Child Make(ChildParts parts);
};

// Waits for a message of the keeper. False if it is no more. `descriptor`, if
// not null, gets what came along.
bool ReceiveNews(int channel, KeeperNews* news, fs::FileDescriptor* descriptor);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CHILD_MAKER_H_
