#ifndef POSTERN_PROCESS_NAMESPACES_H_
#define POSTERN_PROCESS_NAMESPACES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace postern {
namespace process {

// Something that the child cannot see, or not change.
struct Mask {
  enum class Kind {
    kHidden,    // an empty object of the target's kind, which nobody can open
    kReadOnly,  // the target as it is, not writable
  };
  // Absolute, without links, "." and "..". What is not there, or cannot be
  // reached, is not made: its mask does nothing, and is told to be absent.
  std::string path;
  Kind kind = Kind::kHidden;
};

// Namespaces of a child (namespaces(7)). Those of which it has none of its own
// are its parent's.
struct NamespacePlan {
  // A user namespace, in which the child has the user and group that who
  // prepared it has, and no others. Wanted by all that follow unless the
  // launcher has CAP_SYS_ADMIN.
  bool user = false;
  bool mount = false;
  bool network = false;  // with its loopback up, and nothing else
  bool pid = false;      // for children of who enters
  bool ipc = false;
  bool uts = false;
  std::vector<Mask> masks;  // want `mount`; in any order
};

// A plan that is ready to be executed between fork() and exec. Immutable; can
// be used for many children.
class PreparedNamespaces {
 public:
  // kInvalidArgument for masks without a mount namespace and for paths that
  // are not as Mask says. Masks are put in order of their depth, and those
  // beneath a hidden one left out.
  static absl::StatusOr<PreparedNamespaces> Prepare(const NamespacePlan& plan);

  // Flags for unshare(2) or clone(2); 0 if there is nothing to do.
  int flags() const { return flags_; }
  // The masks as they will be made.
  const std::vector<Mask>& masks() const { return masks_; }

  // How a step went.
  struct Outcome {
    int error = 0;          // errno, 0 if all is well
    const char* step = "";  // static: "unshare", "mask" ...
    int mask = -1;          // index in masks() of the one that failed
  };
  // Each of these does its part for the calling process, which has one thread,
  // and is async-signal-safe. In this order:
  //
  // unshare(2). Not for who was made by clone(2) with these flags.
  Outcome Unshare() const;
  // Keeps the ids in the user namespace, if there is a new one.
  Outcome MapIds() const;
  // Brings loopback up. Between this and the next is the place for listeners
  // inside the child's network namespace, which are handed to somebody outside.
  Outcome SetUpNetwork() const;
  // Makes the masks (openat2, mount_setattr: Linux 5.12). Mounts of others come
  // in no more. Refuses with EACCES if the working directory is then hidden;
  // what open descriptors lead to stays open. `absent`, if not null, has an
  // entry for each of masks(), which tells whether it was not there.
  Outcome MakeMasks(bool* absent) const;
  // All of it.
  Outcome Enter(bool* absent) const;

 private:
  PreparedNamespaces() = default;

  int flags_ = 0;
  std::vector<Mask> masks_;
  std::string uid_map_;
  std::string gid_map_;
};

// What the plan does, a step a line, for people.
std::string DescribeNamespaces(const NamespacePlan& plan);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_NAMESPACES_H_
