#include "fs/options.h"

#include <fcntl.h>

namespace postern {
namespace fs {

bool OpenIntent::FromFlags(int flags, mode_t mode, OpenIntent* intent) {
  // glibc calls O_LARGEFILE 0 where it goes without saying.
  constexpr int kLargeFile = 0100000;
  constexpr int kInForce = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | kLargeFile;
  constexpr int kKnown = O_ACCMODE | O_APPEND | O_CREAT | O_EXCL | O_TRUNC |
                         O_DIRECTORY | O_NOFOLLOW | O_SYNC | O_DSYNC | kInForce;
  if ((flags & ~kKnown) != 0) return false;
  OpenIntent parsed;
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      parsed.access = Access::kRead;
      break;
    case O_WRONLY:
      parsed.access = Access::kWrite;
      break;
    case O_RDWR:
      parsed.access = Access::kReadWrite;
      break;
    default:
      return false;
  }
  parsed.append = (flags & O_APPEND) != 0;
  parsed.create = (flags & O_CREAT) != 0;
  parsed.exclusive = (flags & O_EXCL) != 0;
  parsed.truncate = (flags & O_TRUNC) != 0;
  parsed.directory = (flags & O_DIRECTORY) != 0;
  parsed.nofollow = (flags & O_NOFOLLOW) != 0;
  parsed.sync = (flags & O_SYNC) == O_SYNC;
  parsed.data_sync = (flags & O_DSYNC) != 0;
  // The one bit that makes O_SYNC of O_DSYNC means nothing by itself.
  if ((flags & O_SYNC & ~O_DSYNC) != 0 && !parsed.sync) return false;
  parsed.mode = mode;
  if (!parsed.IsValid()) return false;
  *intent = parsed;
  return true;
}

bool OpenIntent::IsValid() const {
  if (access == Access::kRead && (append || create || truncate)) return false;
  if (exclusive && !create) return false;
  if (directory && access != Access::kRead) return false;
  return (mode & ~mode_t{07777}) == 0;
}

int OpenIntent::Flags() const {
  int flags = O_NONBLOCK;
  switch (access) {
    case Access::kRead:
      flags |= O_RDONLY;
      break;
    case Access::kWrite:
      flags |= O_WRONLY;
      break;
    case Access::kReadWrite:
      flags |= O_RDWR;
      break;
  }
  if (append) flags |= O_APPEND;
  if (directory) flags |= O_DIRECTORY;
  if (nofollow) flags |= O_NOFOLLOW;
  if (sync) flags |= O_SYNC;
  if (data_sync) flags |= O_DSYNC;
  return flags;
}

}  // namespace fs
}  // namespace postern
