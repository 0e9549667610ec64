#ifndef POSTERN_PROCESS_CHILD_MAKER_H_
#define POSTERN_PROCESS_CHILD_MAKER_H_

#include <sys/types.h>

#include "fs/base/file_descriptor.h"
#include "process/cgroup.h"
#include "process/child.h"
#include "process/keeper.h"
#include "process/keeper_memory.h"
#include "process/launcher.h"

namespace postern {
namespace process {

// What the launcher has of a program that it started: a Child in parts.
struct ChildParts {
  KeeperMemory memory;  // first made, and last to go
  pid_t keeper = -1;
  pid_t program = -1;
  fs::FileDescriptor keeper_pidfd;
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

// Waits for the end of a keeper, which has told of the tree's, or was killed.
void ReapKeeper(pid_t keeper);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CHILD_MAKER_H_
