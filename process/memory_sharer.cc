#include "process/memory_sharer.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "process/signal_safe.h"

namespace postern {
namespace process {
namespace {

void Compare(pid_t child, void* found) {
  // Equal: 0 (kcmp(2)).
  if (syscall(SYS_kcmp, getpid(), child, KCMP_VM, 0, 0) == 0) {
    *static_cast<pid_t*>(found) = child;
  }
}

}  // namespace

pid_t FindMemorySharer() {
  pid_t found = -1;
  DIR* const threads = opendir("/proc/self/task");
  if (threads == nullptr) return found;
  while (const dirent* const thread = readdir(threads)) {
    const std::string children =
        absl::StrCat("/proc/self/task/", thread->d_name, "/children");
    const fs::FileDescriptor fd(open(children.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.valid()) VisitNumbers(fd.get(), Compare, &found);
  }
  closedir(threads);
  return found;
}

}  // namespace process
}  // namespace postern
