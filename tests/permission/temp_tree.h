#ifndef POSTERN_TESTS_PERMISSION_TEMP_TREE_H_
#define POSTERN_TESTS_PERMISSION_TEMP_TREE_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "fs/file_identity.h"
#include "gtest/gtest.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace testing {

// An empty directory whose canonical name "@" stands for; what it holds is
// removed at the end. A failure fails the test.
class TempTree {
 public:
  std::string At(absl::string_view text) const {
    return absl::StrReplaceAll(text, {{"@", tree_.root()}});
  }
  void Dir(absl::string_view name) const {
    EXPECT_EQ(mkdir(At(name).c_str(), 0755), 0) << name;
  }
  void File(absl::string_view name) const {
    const int fd = open(At(name).c_str(), O_CREAT | O_EXCL | O_WRONLY, 0644);
    EXPECT_GE(fd, 0) << name;
    close(fd);
  }
  void Link(absl::string_view name, absl::string_view target) const {
    EXPECT_EQ(symlink(At(target).c_str(), At(name).c_str()), 0) << name;
  }
  void HardLink(absl::string_view old_name, absl::string_view name) const {
    EXPECT_EQ(link(At(old_name).c_str(), At(name).c_str()), 0) << name;
  }
  void Remove(absl::string_view name) const {
    EXPECT_EQ(unlink(At(name).c_str()), 0) << name;
  }
  fs::FileIdentity Identity(absl::string_view name) const {
    struct stat st = {};
    EXPECT_EQ(lstat(At(name).c_str(), &st), 0) << name;
    return {st.st_dev, st.st_ino};
  }

 private:
  fs::testing::TempTree tree_;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_TEMP_TREE_H_
