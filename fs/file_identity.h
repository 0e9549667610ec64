#ifndef POSTERN_FS_FILE_IDENTITY_H_
#define POSTERN_FS_FILE_IDENTITY_H_

#include <sys/types.h>

#include <utility>

namespace postern {
namespace fs {

// What a file is, whatever its name (stat(2): st_dev, st_ino).
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(FileIdentity a, FileIdentity b) {
    return a.device == b.device && a.inode == b.inode;
  }
  template <typename H>
  friend H AbslHashValue(H h, FileIdentity id) {
    return H::combine(std::move(h), id.device, id.inode);
  }
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_FILE_IDENTITY_H_
