#ifndef POSTERN_FS_WATCH_H_
#define POSTERN_FS_WATCH_H_

#include <sys/inotify.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fs/base/file_descriptor.h"
#include "fs/directory_reader.h"
#include "fs/handle.h"
#include "fs/status.h"

namespace postern {
namespace fs {

class Kernel;

// Changes of a file or directory, from inotify(7). Names that List() would
// leave out are left out here, and all names from the moment on in which the
// directory was moved or events were lost (IN_Q_OVERFLOW). A move of a
// directory above it is noticed only by Read(). Move-only; one thread at a
// time.
class Watch {
 public:
  struct Event {
    uint32_t mask;     // IN_* bits
    uint32_t cookie;   // ties both halves of a rename together
    std::string name;  // of an entry of the directory; "" = the object itself
  };

  // kNeeded is watched beside the guest's `mask`.
  Watch(FileDescriptor inotify, uint32_t mask, Handle watched,
        std::shared_ptr<const Kernel> kernel, ChildFilter filter)
      : inotify_(std::move(inotify)),
        unasked_(kNeeded & ~mask),
        watched_(std::move(watched)),
        kernel_(std::move(kernel)),
        filter_(std::move(filter)) {}

  static constexpr uint32_t kNeeded = IN_MOVE_SELF;

  // For poll(2): readable when there may be events. Does not block.
  int fd() const { return inotify_.get(); }
  // What happened since; may be nothing.
  FsResult<std::vector<Event>> Read();

 private:
  // Whether the directory has its name still: else nobody knows how its
  // entries are called, and they are left out.
  bool IsStillNamed() const;

  FileDescriptor inotify_;
  uint32_t unasked_;  // of kNeeded: not told
  bool moved_ = false;
  Handle watched_;  // O_PATH
  std::shared_ptr<const Kernel> kernel_;
  ChildFilter filter_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_WATCH_H_
