#include "process/open_without_links.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/process/launched.h"
#include "tests/process/scratch.h"

namespace postern {
namespace process {
namespace {

using ::postern::testing::Scratch;

struct Case {
  const char* name;
  int error;
  const char* is;  // the same object
  const char* why;
};
constexpr Case kCases[] = {
    {"d/file", 0, "d/file", "a file"},
    {"d", 0, "d", "a folder"},
    {"d/", 0, "d", "a slash at the end"},
    {"d//./file", 0, "d/file", "what means nothing"},
    {"d/../d/file", 0, "d/file", "a step back"},
    {"link", ELOOP, nullptr, "the last name is a link"},
    {"link/file", ELOOP, nullptr, "a link on the way"},
    {"gone", ELOOP, nullptr, "a link that leads nowhere"},
    {"none", ENOENT, nullptr, "nothing"},
    {"d/file/x", ENOTDIR, nullptr, "beneath a file"},
};

ino_t IdentityOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_ino;
}

void TryAll(const Scratch& scratch) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const fs::FileDescriptor opened(
        OpenWithoutLinks(scratch.Path(c.name).c_str()));
    ASSERT_EQ(opened.valid() ? 0 : errno, c.error);
    if (!opened.valid()) continue;
    struct stat info = {};
    EXPECT_EQ(fstat(opened.get(), &info), 0);
    EXPECT_EQ(info.st_ino, IdentityOf(scratch.Path(c.is)));
    char byte;
    EXPECT_EQ(read(opened.get(), &byte, 1), -1) << "it gives no access";
    EXPECT_EQ(fcntl(opened.get(), F_GETFD), FD_CLOEXEC);
  }
  const fs::FileDescriptor root(OpenWithoutLinks("/"));
  EXPECT_TRUE(root.valid());
  const std::string long_name = scratch.Path(std::string(256, 'x'));
  EXPECT_EQ(OpenWithoutLinks(long_name.c_str()), -1);
  EXPECT_EQ(errno, ENAMETOOLONG);
}

TEST(OpenWithoutLinksTest, IsTheSameWhereOpenat2IsHidden) {
  const Scratch scratch;
  scratch.MakeDirectory("d");
  scratch.MakeFile("d/file");
  ASSERT_EQ(symlink("d", scratch.Path("link").c_str()), 0);
  ASSERT_EQ(symlink("none", scratch.Path("gone").c_str()), 0);
  TryAll(scratch);
  Hiding({SYS_openat2}, [&scratch] { TryAll(scratch); });
}

}  // namespace
}  // namespace process
}  // namespace postern
