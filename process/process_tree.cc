#include "process/process_tree.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "process/signal_safe.h"

namespace postern {
namespace process {
namespace {

// Bounds the stack: a chain of processes may be as long as it likes.
constexpr int kMaxDepth = 32;

struct Walk {
  void (*visit)(pid_t, void*);
  void* argument;
  int depth;
};

int OpenChildrenOf(pid_t pid) {
  char path[80] = "/proc/";
  size_t length = strlen(path);
  length += WriteNumber(static_cast<uint64_t>(pid), path + length);
  memcpy(path + length, "/task/", 6);
  length += 6;
  length += WriteNumber(static_cast<uint64_t>(pid), path + length);
  memcpy(path + length, "/children", sizeof("/children"));
  return open(path, O_RDONLY | O_CLOEXEC);
}

void VisitBeneath(pid_t pid, void* argument) {
  Walk walk = *static_cast<const Walk*>(argument);
  walk.visit(pid, walk.argument);
  if (++walk.depth > kMaxDepth) return;
  const int children = OpenChildrenOf(pid);
  if (children < 0) return;
  VisitNumbers(children, VisitBeneath, &walk);
  close(children);
}

}  // namespace

void VisitChildren(int children, void (*visit)(pid_t, void*), void* argument) {
  if (children >= 0) VisitNumbers(children, visit, argument);
}

void VisitDescendants(int children, void (*visit)(pid_t, void*),
                      void* argument) {
  Walk walk = {visit, argument, 0};
  VisitChildren(children, VisitBeneath, &walk);
}

int OpenChildren() { return OpenChildrenOf(getpid()); }

}  // namespace process
}  // namespace postern
