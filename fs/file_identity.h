#ifndef POSTERN_FS_FILE_IDENTITY_H_
#define POSTERN_FS_FILE_IDENTITY_H_

#include <sys/types.h>

#include <cstdint>
#include <utility>

namespace postern {
namespace fs {

// What a file is, whatever its name (stat(2): st_dev, st_ino). The number of a
// file that is gone is given to a later one, which its birth tells apart.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  int64_t birth_ns = 0;  // statx(2): stx_btime; 0 = not known

  // A birth that is not known may be any.
  friend bool operator==(FileIdentity a, FileIdentity b) {
    return a.device == b.device && a.inode == b.inode &&
           (a.birth_ns == b.birth_ns || a.birth_ns == 0 || b.birth_ns == 0);
  }
  template <typename H>
  friend H AbslHashValue(H h, FileIdentity id) {
    return H::combine(std::move(h), id.device, id.inode);
  }
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_FILE_IDENTITY_H_
