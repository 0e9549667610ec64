#ifndef POSTERN_FS_CANONICAL_NAME_H_
#define POSTERN_FS_CANONICAL_NAME_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fs/kernel.h"

namespace postern {
namespace fs {

// A symbolic link on the way of a name.
struct PassedLink {
  std::string location;  // canonical name of the link itself
  std::string target;    // its text (readlink(2))
};

// Where a name leads at this moment.
struct CanonicalName {
  // Canonical: absolute, in normal form, through no link. Where the name leads
  // nowhere: what does exist, followed by what was still to be looked up,
  // whose ".." stop it at the component that is missing. At most 4095 bytes:
  // what would make it longer is left out.
  std::string path;
  // 0, or the errno that the kernel would give for the name: ENOENT, ENOTDIR,
  // EACCES, ENAMETOOLONG, ELOOP (more than 40 links, or a link of procfs that
  // is no name: proc(5), /proc/PID/fd).
  int error = 0;
  // How much of `path` exists; all of it unless there is an error.
  size_t existing_bytes = 0;
  std::vector<PassedLink> links;  // in the order in which they were followed
};

// What happens with a link in the last place. A slash at the end of a name
// follows in any case (path_resolution(7)).
enum class LastLink { kFollow, kNoFollow };

// The canonical name that `name`, absolute, has at this moment, found by
// walking component by component as path_resolution(7) says. Others may rename
// meanwhile: the answer is a proposal, and who acts on it opens that very name
// without following links. Thread-safe; allocates; at most 130 descriptors at
// a time, and where there are no more, one, or two without openat2(2); all are
// closed again.
CanonicalName FindCanonicalName(const Kernel& kernel, absl::string_view name,
                                LastLink last);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_CANONICAL_NAME_H_
