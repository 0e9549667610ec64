#ifndef POSTERN_FS_ASKED_NAME_H_
#define POSTERN_FS_ASKED_NAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

struct OneCall;

// What a name looks like, before anything is looked up.
struct Shape {
  bool steps_back = false;  // has a ".."
  bool normal = true;       // no ".", no ".." and no slash too many
};

// Reads the shape of an absolute name; false if there is a NUL in it.
bool ReadShape(absl::string_view name, Shape* shape);

// A name that a guest gave, made absolute. Large: lives on the stack of a call.
struct AskedName {
  absl::string_view given;  // the bytes as they came
  absl::string_view name;   // the same, absolute
  Shape shape;
  std::string normal;  // without ".", ".." and extra slashes, if there are any
  absl::string_view decided() const {
    return shape.normal ? name : absl::string_view(normal);
  }
  uint64_t start_mount = 0;  // of the directory that it starts from; 0 unknown
  OneCall* call = nullptr;   // that asks
  char buffer[kMaxPathBytes + 1];
};

size_t CountSlashes(absl::string_view name);

// A name cut into the directory and the entry in it.
struct Cut {
  absl::string_view directory;  // with a slash at its end
  absl::string_view entry;      // without slashes
  absl::string_view slashes;    // behind it
};
Cut CutLast(absl::string_view name);

// Nothing of such a name can be created: EISDIR, before its last component is
// looked up.
bool EndsInSlashes(absl::string_view name);

std::string Join(absl::string_view directory, absl::string_view entry);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_ASKED_NAME_H_
