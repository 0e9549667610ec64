#ifndef POSTERN_TESTS_FS_GUARDED_FS_FIXTURE_H_
#define POSTERN_TESTS_FS_GUARDED_FS_FIXTURE_H_

#include <string.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "gtest/gtest.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace testing {

constexpr Rights kBoth = Right::kRead | Right::kWrite;

// A tree with a granted folder "in", a denied one in it and one outside, and
// a GuardedFs for each way in which the kernel can be used.
class GuardedFsTest : public ::testing::TestWithParam<Kernel::Without> {
 protected:
  GuardedFsTest() {
    tree_.File("in/file", "inside");
    tree_.File("in/sub/deep", "deep");
    tree_.File("in/secret/key", "secret");
    tree_.File("out/file", "outside");
    tree_.Symlink("../out/file", "in/out_link");
    tree_.Symlink(tree_ / "out", "in/out_dir");
    tree_.Symlink("sub", "in/sub_link");
    tree_.Symlink(tree_ / "in/file", "in/abs_link");
    tree_.Symlink("secret", "in/secret_link");
    tree_.Symlink("nowhere", "in/dangling");
    tree_.Symlink("../out/nowhere", "in/dangling_out");
    tree_.Symlink("loop", "in/loop");
    tree_.Symlink("../in/file", "out/back");
    monitor_ = std::make_shared<PrefixMonitor>(
        std::vector<PrefixMonitor::Subtree>{{tree_ / "in", kBoth}},
        std::vector<PrefixMonitor::Subtree>{{tree_ / "in/secret", kBoth}});
    options_.base_directory = tree_ / "in";
    Make();
  }
  void Make() {
    auto made = GuardedFsParts::Create(monitor_, options_, GetParam());
    ASSERT_TRUE(made.ok()) << made.status();
    fs_ = *std::move(made);
  }
  // What opening for reading gives: the contents, or "denied", or the errno.
  std::string Read(const At& at) {
    const FsResult<std::string> contents = fs_->ReadFile(at, 1000);
    if (contents.ok()) return *contents;
    if (contents.status().denied()) return "denied";
    return strerrorname_np(contents.status().error_number);
  }

  TempTree tree_;
  std::shared_ptr<PrefixMonitor> monitor_;
  GuardedFsOptions options_;
  std::unique_ptr<const GuardedFs> fs_;
};

inline auto EveryWay() {
  return ::testing::Values(
      Kernel::Without{false, false}, Kernel::Without{true, false},
      Kernel::Without{false, true}, Kernel::Without{true, true});
}
inline std::string WayName(
    const ::testing::TestParamInfo<Kernel::Without>& way) {
  return std::string(way.param.openat2 ? "Steps" : "Openat2") +
         (way.param.procfs ? "Walk" : "Procfs");
}

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_GUARDED_FS_FIXTURE_H_
