#ifndef POSTERN_BINDINGS_PLUGINS_CHILD_START_H_
#define POSTERN_BINDINGS_PLUGINS_CHILD_START_H_

#include <sys/types.h>

namespace postern {
namespace plugins {

// What a child needs, prepared before the fork: it must not allocate.
struct ChildStart {
  const char* const* paths = nullptr;  // tried in order, ended by null
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  int directory = -1;
  int null = -1;  // becomes standard input
  int output = -1;
  int error_output = -1;
  int failure = -1;  // gets errno if no program could be started
};

// Forks and executes. Returns the child's id, or -1 with errno. All the
// descriptors must be above 2 and closed on exec.
pid_t StartChild(const ChildStart& start);

}  // namespace plugins
}  // namespace postern

#endif  // POSTERN_BINDINGS_PLUGINS_CHILD_START_H_
