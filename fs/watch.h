#ifndef POSTERN_FS_WATCH_H_
#define POSTERN_FS_WATCH_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fs/directory_reader.h"
#include "fs/file_descriptor.h"
#include "fs/status.h"

namespace postern {
namespace fs {

// Changes of a file or directory, from inotify(7). Names that List() would
// leave out are left out here. Move-only; one thread at a time.
class Watch {
 public:
  struct Event {
    uint32_t mask;     // IN_* bits
    uint32_t cookie;   // ties both halves of a rename together
    std::string name;  // of an entry of the directory; "" = the object itself
  };

  Watch(FileDescriptor inotify, ChildFilter filter)
      : inotify_(std::move(inotify)), filter_(std::move(filter)) {}

  // For poll(2): readable when there may be events. Does not block.
  int fd() const { return inotify_.get(); }
  // What happened since; may be nothing.
  FsResult<std::vector<Event>> Read();

 private:
  FileDescriptor inotify_;
  ChildFilter filter_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_WATCH_H_
