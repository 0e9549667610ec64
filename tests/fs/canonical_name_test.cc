#include "fs/canonical_name.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "fs/base/file_descriptor.h"
#include "fs/kernel.h"
#include "gtest/gtest.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace {

class CanonicalNameTest : public ::testing::Test {
 protected:
  CanonicalNameTest() {
    absl::StatusOr<std::unique_ptr<const Kernel>> kernel = Kernel::Probe();
    if (kernel.ok()) kernel_ = *std::move(kernel);
    tree_.File("file", "");
    tree_.File("dir/sub/deep", "");
    tree_.Symlink("file", "link");
    tree_.Symlink("dir/sub/", "sub_link");
    tree_.Symlink(tree_ / "dir", "absolute");
    tree_.Symlink("../file", "dir/up");
    tree_.Symlink("missing/x", "dangling");
    tree_.Symlink("loop", "loop");
    tree_.Symlink("sub_link/deep", "twice");
  }
  CanonicalName Find(const std::string& name,
                     LastLink last = LastLink::kFollow) const {
    return FindCanonicalName(*kernel_, name, last);
  }
  // Without the tree's root; "out" if it is not in the tree.
  std::string Below(const std::string& path) const {
    const std::string& root = tree_.root();
    if (path.compare(0, root.size(), root) != 0) return "out";
    return path.size() == root.size() ? "" : path.substr(root.size() + 1);
  }

  testing::TempTree tree_;
  std::unique_ptr<const Kernel> kernel_;
};

TEST_F(CanonicalNameTest, IsWhereTheNameLeads) {
  struct Case {
    const char* name;
    const char* want;
    int error;
    const char* existing;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"file", "file", 0, "file", "as it stands"},
      {"./dir//sub/.", "dir/sub", 0, "dir/sub", "slashes and dots"},
      {"dir/sub/../..", "", 0, "", "steps back"},
      {"link", "file", 0, "file", "a link"},
      {"sub_link", "dir/sub", 0, "dir/sub", "a slash in a link's text"},
      {"sub_link/..", "dir", 0, "dir", "a step back from where it leads"},
      {"absolute/sub", "dir/sub", 0, "dir/sub", "an absolute link"},
      {"absolute/up", "file", 0, "file", "a link in it that climbs"},
      {"twice", "dir/sub/deep", 0, "dir/sub/deep", "a link over a link"},
      {"missing", "missing", ENOENT, "", "nothing"},
      {"missing/./x//y/", "missing/x/y", ENOENT, "", "below nothing"},
      {"missing/../file", "missing", ENOENT, "", "a step back from nothing"},
      {"missing/x/../y", "missing", ENOENT, "", "likewise, later"},
      {"dangling", "missing/x", ENOENT, "", "a link to nothing"},
      {"dangling/../y", "missing", ENOENT, "", "and a step back from it"},
      {"dir/missing", "dir/missing", ENOENT, "dir", "in a directory"},
      {"file/", "file", ENOTDIR, "", "a slash behind a file"},
      {"file/.", "file", ENOTDIR, "", "a dot behind a file"},
      {"file/..", "file", ENOTDIR, "", "a step back from a file"},
      {"file/x/y", "file/x/y", ENOTDIR, "", "below a file"},
      {"link/x", "file/x", ENOTDIR, "", "below a file, by a link"},
      {"loop", "loop", ELOOP, "", "a link to itself"},
      {"loop/x", "loop/x", ELOOP, "", "below it"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.name) + ": " + c.why);
    const CanonicalName found = Find(tree_ / c.name);
    EXPECT_EQ(Below(found.path), c.want);
    EXPECT_EQ(found.error, c.error);
    EXPECT_EQ(Below(found.path.substr(0, found.existing_bytes)), c.existing);
  }
}

TEST_F(CanonicalNameTest, LeavesALinkInTheLastPlaceIfAsked) {
  struct Case {
    const char* name;
    const char* want;
    size_t links;
  };
  constexpr Case kCases[] = {
      {"link", "link", 0},          {"loop", "loop", 0},
      {"sub_link/", "dir/sub", 1},  {"sub_link/.", "dir/sub", 1},
      {"absolute/up", "dir/up", 1}, {"dangling", "dangling", 0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const CanonicalName found = Find(tree_ / c.name, LastLink::kNoFollow);
    EXPECT_EQ(found.error, 0);
    EXPECT_EQ(Below(found.path), c.want);
    EXPECT_EQ(found.links.size(), c.links);
  }
}

TEST_F(CanonicalNameTest, TellsTheLinksInTheirOrder) {
  const CanonicalName found = Find(tree_ / "absolute/../twice");
  ASSERT_EQ(found.links.size(), 3u);
  EXPECT_EQ(Below(found.links[0].location), "absolute");
  EXPECT_EQ(found.links[0].target, tree_ / "dir");
  EXPECT_EQ(Below(found.links[1].location), "twice");
  EXPECT_EQ(found.links[1].target, "sub_link/deep");
  EXPECT_EQ(Below(found.links[2].location), "sub_link");
  EXPECT_EQ(found.links[2].target, "dir/sub/");
}

TEST_F(CanonicalNameTest, FollowsFortyLinksAndNoMore) {
  std::string before = "file";
  for (int i = 1; i <= 41; ++i) {
    const std::string name = "l" + std::to_string(i);
    tree_.Symlink(before, name);
    before = name;
  }
  const CanonicalName forty = Find(tree_ / "l40");
  EXPECT_EQ(forty.error, 0);
  EXPECT_EQ(Below(forty.path), "file");
  EXPECT_EQ(forty.links.size(), 40u);
  const CanonicalName more = Find(tree_ / "l41");
  EXPECT_EQ(more.error, ELOOP);
  EXPECT_EQ(Below(more.path), "l1");
}

TEST_F(CanonicalNameTest, StepsBackFromFarDown) {
  constexpr int kDepth = 300;  // far more than descriptors that are held
  std::string down;
  for (int i = 0; i < kDepth; ++i) down += "d/";
  tree_.Dir(down);
  const int before = testing::CountDescriptors();
  for (const int steps : {1, 127, 128, 129, 130, 299, 300}) {
    std::string name = down;
    for (int i = 0; i < steps; ++i) name += "../";
    SCOPED_TRACE(steps);
    const CanonicalName found = Find(tree_ / name);
    EXPECT_EQ(found.error, 0);
    EXPECT_EQ(Below(found.path) + (steps == kDepth ? "" : "/"),
              down.substr(0, static_cast<size_t>(2 * (kDepth - steps))));
  }
  // Down and up again, over and over.
  std::string name;
  while (name.size() < 3000) name += "d/d/../";
  const CanonicalName found = Find(tree_ / name);
  EXPECT_NE(found.path.size(), 0u);
  EXPECT_EQ(testing::CountDescriptors(), before);
}

TEST_F(CanonicalNameTest, HasALimit) {
  EXPECT_EQ(Find("").error, ENOENT);
  EXPECT_EQ(Find("file").error, EINVAL);
  EXPECT_EQ(Find(std::string("/a\0b", 4)).error, EINVAL);
  EXPECT_EQ(Find(std::string(4096, '/')).error, ENAMETOOLONG);
  EXPECT_EQ(Find(std::string(4095, '/')).path, "/");
  EXPECT_EQ(Find(tree_ / std::string(256, 'x')).error, ENAMETOOLONG);
  // What a link leads to has too long a name, though neither the name nor the
  // link's text is.
  const std::string folder(250, 'f');
  std::string way;
  while (tree_.root().size() + way.size() < 3700) way += folder + "/";
  tree_.Dir(way);
  tree_.Symlink(tree_ / way, "far");
  std::string beyond = "far";
  for (int i = 0; i < 4; ++i) {
    const FileDescriptor at(
        open((tree_ / beyond).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(mkdirat(at.get(), folder.c_str(), 0755), 0);
    beyond += "/" + folder;
  }
  EXPECT_EQ(Find(tree_ / "far").error, 0);
  const CanonicalName found = Find(tree_ / beyond);
  EXPECT_EQ(found.error, ENAMETOOLONG);
  EXPECT_LE(found.path.size(), 4095u);
}

TEST_F(CanonicalNameTest, FollowsNoLinkOfProcfsThatIsNoName) {
  if (!kernel_->has_procfs()) GTEST_SKIP() << "no procfs";
  EXPECT_EQ(Find("/proc/self/exe").error, ELOOP);
  EXPECT_EQ(Find("/proc/self/cwd/x").error, ELOOP);
  EXPECT_EQ(Find("/proc/self/root/etc").error, ELOOP);
  EXPECT_EQ(Find("/proc/self/fd/0").error, ELOOP);
  EXPECT_EQ(Find("/proc/self/exe", LastLink::kNoFollow).error, 0);
  const CanonicalName found = Find("/proc/self/stat");
  EXPECT_EQ(found.error, 0);
  EXPECT_EQ(found.path, "/proc/" + std::to_string(getpid()) + "/stat");
  ASSERT_EQ(found.links.size(), 1u);
  EXPECT_EQ(found.links[0].location, "/proc/self");
}

}  // namespace
}  // namespace fs
}  // namespace postern
