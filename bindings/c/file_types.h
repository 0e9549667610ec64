#ifndef POSTERN_BINDINGS_C_FILE_TYPES_H_
#define POSTERN_BINDINGS_C_FILE_TYPES_H_

#include <sys/stat.h>

#include "bindings/c/postern/metadata.h"

namespace postern {
namespace c {

// Of st_mode; of d_type by DTTOIF().
inline postern_file_type TypeOfMode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return POSTERN_FILE_REGULAR;
    case S_IFDIR:
      return POSTERN_FILE_DIRECTORY;
    case S_IFLNK:
      return POSTERN_FILE_LINK;
    case S_IFIFO:
      return POSTERN_FILE_FIFO;
    case S_IFSOCK:
      return POSTERN_FILE_SOCKET;
    case S_IFCHR:
      return POSTERN_FILE_CHARACTER_DEVICE;
    case S_IFBLK:
      return POSTERN_FILE_BLOCK_DEVICE;
    default:
      return POSTERN_FILE_UNKNOWN;
  }
}

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_FILE_TYPES_H_
