#ifndef POSTERN_FS_OPTIONS_H_
#define POSTERN_FS_OPTIONS_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

class ForkMutex;

// Kinds of files that may be opened (inode(7), S_IFMT). A value type.
class Kinds {
 public:
  static constexpr Kinds RegularAndDirectory() { return Kinds(kUsual); }
  static constexpr Kinds Any() { return Kinds(kEvery); }
  static constexpr Kinds None() { return Kinds(0); }
  // This one besides: S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK.
  constexpr Kinds And(mode_t type) const { return Kinds(bits_ | Bit(type)); }

  constexpr bool Contains(mode_t mode) const {
    return (bits_ & Bit(mode)) != 0;
  }
  constexpr bool any() const { return bits_ == kEvery; }

 private:
  static constexpr uint16_t Bit(mode_t mode) {
    return static_cast<uint16_t>(1u << ((mode & S_IFMT) >> 12));
  }
  static constexpr uint16_t kUsual =
      (1u << (S_IFREG >> 12)) | (1u << (S_IFDIR >> 12));
  static constexpr uint16_t kEvery = 0xffff;

  explicit constexpr Kinds(unsigned bits)
      : bits_(static_cast<uint16_t>(bits)) {}
  uint16_t bits_;
};

// What to do with a file that has more than one name: another of its names may
// lie outside of what was granted.
enum class HardLinks : uint8_t {
  kReport,  // Handle::findings() tells
  kRefuse,
};

// What holds for all operations of one GuardedFs.
struct GuardedFsOptions {
  // Where relative names start; absolute, "" = they are refused.
  std::string base_directory;
  // With Kinds::Any() an open for reading looks at nothing but the name, which
  // is faster. A fifo or a device that the rules grant is then opened. It does
  // look if denied files are known by identity.
  Kinds kinds = Kinds::RegularAndDirectory();
  HardLinks hard_links_reading = HardLinks::kReport;
  HardLinks hard_links_writing = HardLinks::kRefuse;
  // Objects must lie on the mount of the directory that the name starts from
  // ("/" if it is absolute), and so must directories in which something is made
  // or removed. Keeps guests out of what is mounted below, such as bind mounts.
  bool no_cross_mount = false;
  // Where device nodes can be opened (no "nodev"), opening a name can run a
  // driver or wake a writer before the object is refused. So a name is looked
  // at before it is opened for the first time, and again once a guarded
  // operation has moved, linked or removed a name, or made one that is no
  // regular file. In between somebody, a guest too, can move a device, a fifo
  // or a folder that holds one to where a file was: now and then it is opened
  // before it is refused. Off: each object is held first, each time, and opened
  // through that, which leaves no such gap and is slower.
  bool remember_plain_names = true;
  // chmod and creating with set-id bits, and attributes "security.*" and
  // "trusted.*".
  bool privileged_attributes = false;
  // Taken while names are made, moved or removed, so that one guest's move does
  // not change what another one's was decided for. Guests that can write in
  // the same folders share one (fs/fork_mutex.h); null = one of its own.
  std::shared_ptr<ForkMutex> naming;
  // List() and Watch() leave out what is denied, not only what is concealed.
  bool hide_denied_children = false;
};

// What an open is for. The bits of open(2) by name; what is not here cannot be
// asked for.
struct OpenIntent {
  enum class Access : uint8_t { kRead, kWrite, kReadWrite };
  Access access = Access::kRead;
  bool append = false;     // for writing
  bool create = false;     // for writing
  bool exclusive = false;  // with create: it must not exist
  bool truncate = false;   // for writing
  bool directory = false;  // must be one; for reading
  bool nofollow = false;   // a link in the last place is ELOOP
  mode_t mode = 0666;      // of a created file, less the umask

  // O_SYNC, O_DSYNC.
  bool sync = false;
  bool data_sync = false;

  // What the host alone may allow or demand for one open; FromFlags() sets
  // neither. The first goes beyond GuardedFsOptions::kinds, the second is its
  // no_cross_mount.
  bool special_files = false;
  bool same_mount = false;

  // From open(2)'s flags: false for a bit or combination that means nothing,
  // or nothing that is offered here (O_PATH, O_TMPFILE, O_DIRECT, O_ASYNC,
  // O_NOATIME). O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_LARGEFILE are in force
  // anyway.
  static bool FromFlags(int flags, mode_t mode, OpenIntent* intent);

  // Whether the combination makes sense.
  bool IsValid() const;
  // For open(2), without the bits that change something.
  int Flags() const;
};

class Handle;
// A name and the directory where it starts. A view of both.
struct At {
  At(const char* name) : path(name) {}                       // NOLINT
  At(const std::string& name ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : path(name) {}
  At(absl::string_view name ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : path(name) {}
  At(absl::string_view name ABSL_ATTRIBUTE_LIFETIME_BOUND,
     const Handle* directory)
      : path(name), base(directory) {}

  absl::string_view path;
  const Handle* base = nullptr;  // null: GuardedFsOptions::base_directory
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_OPTIONS_H_
