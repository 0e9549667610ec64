#ifndef POSTERN_PROCESS_MASKS_H_
#define POSTERN_PROCESS_MASKS_H_

#include "fs/base/file_descriptor.h"

namespace postern {
namespace process {

// Mounts over objects of the calling process's own mount namespace. All of it
// is async-signal-safe. Functions return the errno, 0 if all is well.

// A small file system that no name leads to, with an empty object of each kind
// that can be mounted over others.
class EmptyObjects {
 public:
  // Mounts it above the root directory, where no look-up finds it.
  int Make();
  // Over the object `target` (O_PATH), one of its kind.
  int MountOver(int target) const;
  // What was mounted over others stays. Keeps the working directory.
  int Remove();

 private:
  int MakeEntries() const;

  fs::FileDescriptor top_;
};

// Mounts the object, and all that is mounted beneath it, over itself, not
// writable.
int MountReadOnly(int target);
// The same for the root directory, which nothing can be mounted over.
int MakeRootReadOnly();

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_MASKS_H_
