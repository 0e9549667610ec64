#ifndef POSTERN_TESTS_FS_TEMP_TREE_H_
#define POSTERN_TESTS_FS_TEMP_TREE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace fs {
namespace testing {

// A folder of a test's own, removed with all that is in it. The names given
// are relative to it. Made with plain system calls; a failure ends the test
// program with a message.
class TempTree {
 public:
  TempTree();
  ~TempTree();
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;

  // Canonical, without a slash at its end.
  const std::string& root() const { return root_; }
  std::string operator/(absl::string_view name) const;

  // Parents are made where they are missing.
  std::string Dir(absl::string_view name) const;
  std::string File(absl::string_view name, absl::string_view contents) const;
  std::string Symlink(absl::string_view target, absl::string_view name) const;
  std::string HardLink(absl::string_view old_name,
                       absl::string_view name) const;

  bool Exists(absl::string_view name) const;
  // "" if it cannot be read.
  std::string Contents(absl::string_view name) const;

 private:
  std::string root_;
};

// Open descriptors of this process; -1 without procfs.
int CountDescriptors();

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_TEMP_TREE_H_
