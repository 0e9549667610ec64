#ifndef POSTERN_BINDINGS_HOST_FILE_TYPE_H_
#define POSTERN_BINDINGS_HOST_FILE_TYPE_H_

#include <sys/stat.h>

#include <cstdint>

#include "bindings/c/postern.h"

namespace postern {
namespace host {

// The bits of st_mode (inode(7)) for a type, as languages show it to guests; 0
// for one that has none.
inline uint32_t TypeBits(postern_file_type type) {
  switch (type) {
    case POSTERN_FILE_REGULAR:
      return S_IFREG;
    case POSTERN_FILE_DIRECTORY:
      return S_IFDIR;
    case POSTERN_FILE_LINK:
      return S_IFLNK;
    case POSTERN_FILE_FIFO:
      return S_IFIFO;
    case POSTERN_FILE_SOCKET:
      return S_IFSOCK;
    case POSTERN_FILE_CHARACTER_DEVICE:
      return S_IFCHR;
    case POSTERN_FILE_BLOCK_DEVICE:
      return S_IFBLK;
    default:
      return 0;
  }
}

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_FILE_TYPE_H_
