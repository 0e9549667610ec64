#include "fs/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <string>
#include <utility>

#include "fs/base/file_descriptor.h"
#include "fs/file_identity.h"
#include "fs/path_monitor.h"
#include "fs/status.h"
#include "gtest/gtest.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace {

class HandleTest : public ::testing::Test {
 protected:
  HandleTest() : name_(tree_.File("file", "12345")) {}

  Handle Make(Rights rights) const {
    FileDescriptor fd(open(name_.c_str(), O_RDWR | O_CLOEXEC));
    return Handle(std::move(fd), rights, name_, Findings(), FileIdentity());
  }
  static std::string End(const FsStatus& status) {
    if (status.ok()) return "ok";
    if (status.refusal != Refusal::kHandle) return "another refusal";
    return strerrorname_np(status.error_number);
  }

  testing::TempTree tree_;
  const std::string name_;
};

TEST_F(HandleTest, RightsStayWithIt) {
  const struct timespec now[2] = {};
  struct Case {
    Rights rights;
    const char* reads;
    const char* writes;
  };
  const Case cases[] = {
      {Right::kRead, "ok", "EACCES"},
      {Right::kWrite, "EACCES", "ok"},
      {Right::kRead | Right::kWrite, "ok", "ok"},
      {Rights(), "EACCES", "EACCES"},
  };
  for (const Case& c : cases) {
    const Handle handle = Make(c.rights);
    ASSERT_TRUE(handle.valid());
    EXPECT_TRUE(handle.rights() == c.rights);
    EXPECT_EQ(End(handle.Stat().status()), c.reads);
    EXPECT_EQ(End(handle.Truncate(3)), c.writes);
    EXPECT_EQ(End(handle.Chmod(0600)), c.writes);
    EXPECT_EQ(End(handle.Chown(static_cast<uid_t>(-1), static_cast<gid_t>(-1))),
              c.writes);
    EXPECT_EQ(End(handle.SetTimes(now)), c.writes);
    EXPECT_EQ(End(handle.Sync()), "ok");
    const FsResult<Handle> copy = handle.Duplicate();
    ASSERT_TRUE(copy.ok());
    EXPECT_TRUE(copy->rights() == c.rights);
    EXPECT_EQ(copy->name(), handle.name());
    EXPECT_NE(copy->fd(), handle.fd());
    EXPECT_NE(fcntl(copy->fd(), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(tree_.Contents("file"), "123");
}

TEST_F(HandleTest, SetsNoSetIdBits) {
  const Handle handle = Make(Right::kWrite);
  for (const mode_t mode : {S_ISUID, S_ISGID, S_ISUID | S_ISGID}) {
    const FsStatus status = handle.Chmod(mode | 0755);
    EXPECT_EQ(status.error_number, EPERM);
    EXPECT_EQ(status.refusal, Refusal::kAttribute);
  }
}

TEST_F(HandleTest, NoneIsRefusedEverything) {
  Handle handle = Make(Right::kRead | Right::kWrite);
  const Handle other = std::move(handle);
  const struct timespec now[2] = {};
  EXPECT_EQ(End(Handle().Stat().status()), "EBADF");
  EXPECT_EQ(End(Handle().Truncate(0)), "EBADF");
  EXPECT_EQ(End(Handle().Chmod(0600)), "EBADF");
  EXPECT_EQ(End(Handle().Chown(0, 0)), "EBADF");
  EXPECT_EQ(End(Handle().SetTimes(now)), "EBADF");
  EXPECT_EQ(End(Handle().Sync()), "EBADF");
  EXPECT_EQ(Handle().Duplicate().status().error_number, EBADF);
  EXPECT_TRUE(other.valid());
}

TEST_F(HandleTest, ReleasesItsDescriptor) {
  Handle handle = Make(Right::kRead);
  const FileDescriptor fd(handle.Release());
  EXPECT_TRUE(fd.valid());
  EXPECT_FALSE(handle.valid());
}

}  // namespace
}  // namespace fs
}  // namespace postern
