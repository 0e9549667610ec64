#ifndef POSTERN_PERMISSION_BACKSTOP_FILE_TREE_H_
#define POSTERN_PERMISSION_BACKSTOP_FILE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace postern {

// The file system as far as a policy is put into the kernel's terms by it: an
// interface, so that this can be tried without one. Names are absolute and in
// normal form. Thread-safe if the implementation is.
class FileTree {
 public:
  enum class Kind : uint8_t {
    kMissing,
    kDirectory,
    kFile,
    kLink,
    kDevice,
    kOther,  // a fifo, a socket
  };
  struct Entry {
    std::string name;
    Kind kind = Kind::kMissing;
  };

  struct Device {
    char kind = 'c';  // or 'b'
    uint32_t major = 0;
    uint32_t minor = 0;
  };

  virtual ~FileTree() = default;

  // What has this name. A link in the last place is a link.
  virtual Kind KindOf(const std::string& path) const = 0;
  // nullopt if it is no device.
  virtual absl::optional<Device> DeviceAt(const std::string& path) const = 0;
  // How many names (hard links) the file has; 0 if it is none.
  virtual size_t NamesOf(const std::string& path) const = 0;
  // Names by which what has this name, or something beneath, is reached through
  // other mounts of its file system (bind mounts), as far as they are known.
  virtual std::vector<std::string> OtherPlacesOf(
      const std::string& /*path*/) const {
    return {};
  }
  // What a kernel opens besides to run this file: the interpreter of a script,
  // the loader of a dynamic program; by canonical names. Empty if it needs
  // none, or is no program.
  virtual std::vector<std::string> InterpretersOf(
      const std::string& program) const = 0;
  // The entries of a directory but "." and "..", by name. False if it cannot be
  // read, or is a link.
  virtual bool List(const std::string& path,
                    std::vector<Entry>* entries) const = 0;
};

// The file system that this process sees.
std::unique_ptr<FileTree> MakeKernelFileTree();

// Answers as `tree` did the first time that it was asked, so that one plan is
// about one state of files, and asks it once. Not thread-safe.
std::unique_ptr<FileTree> MakeRememberingTree(const FileTree& tree);

// "/" and "a" are "/a".
std::string EntryPath(absl::string_view directory, absl::string_view name);
// The same path, or one beneath.
bool IsWithin(absl::string_view path, absl::string_view directory);
// "/a/b" lies in "/a", "/a" in "/"; "/" in itself.
absl::string_view ParentOf(absl::string_view path);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_FILE_TREE_H_
