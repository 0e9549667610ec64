#include "fs/options.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

constexpr int kLargeFile = 0100000;  // O_LARGEFILE, which glibc calls 0

// The bits of open(2) that an intent keeps.
constexpr int kKept = O_WRONLY | O_RDWR | O_APPEND | O_CREAT | O_EXCL |
                      O_TRUNC | O_DIRECTORY | O_NOFOLLOW | O_SYNC | O_DSYNC;
constexpr int kInForce = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | kLargeFile;

int FlagsOf(const OpenIntent& intent) {
  int flags = intent.Flags() & ~O_NONBLOCK;
  if (intent.create) flags |= O_CREAT;
  if (intent.exclusive) flags |= O_EXCL;
  if (intent.truncate) flags |= O_TRUNC;
  return flags;
}

TEST(OpenIntentTest, ReadsTheFlagsOfOpen) {
  struct Case {
    int flags;
    bool valid;
    const char* why;
  };
  constexpr Case kCases[] = {
      {O_RDONLY, true, "reading"},
      {O_WRONLY | O_CREAT | O_EXCL, true, "a new file"},
      {O_RDWR | O_APPEND | O_TRUNC, true, "emptied, then added to"},
      {O_RDONLY | O_DIRECTORY | O_NOFOLLOW, true, "a directory, not a link"},
      {O_WRONLY | O_SYNC, true, "O_SYNC has two bits"},
      {O_WRONLY | O_DSYNC, true, "one of them"},
      {O_WRONLY | (O_SYNC & ~O_DSYNC), false, "the other means nothing"},
      {O_ACCMODE, false, "neither read, write nor both"},
      {O_RDONLY | O_CREAT, false, "creates what is only read"},
      {O_RDONLY | O_TRUNC, false, "empties what is only read"},
      {O_RDONLY | O_APPEND, false, "adds to what is only read"},
      {O_WRONLY | O_EXCL, false, "exclusive without create"},
      {O_WRONLY | O_DIRECTORY, false, "directories are not written"},
      {O_RDWR | O_CREAT | O_DIRECTORY, false, "nor created by open(2)"},
      {O_PATH, false, "not offered"},
      {O_RDWR | O_TMPFILE, false, "not offered"},
      {O_RDONLY | O_DIRECT, false, "not offered"},
      {O_RDONLY | O_ASYNC, false, "not offered"},
      {O_RDONLY | O_NOATIME, false, "not offered"},
      {-1, false, "everything"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    OpenIntent intent;
    EXPECT_EQ(OpenIntent::FromFlags(c.flags, 0644, &intent), c.valid);
    if (c.valid) {
      EXPECT_EQ(FlagsOf(intent), c.flags);
      EXPECT_EQ(intent.mode, mode_t{0644});
    }
  }
}

TEST(OpenIntentTest, EachOfTheBitsIsKeptInForceOrRefused) {
  for (const int base : {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT}) {
    for (int bit = 0; bit < 32; ++bit) {
      const int flag = static_cast<int>(uint32_t{1} << bit);
      const int flags = base | flag;
      SCOPED_TRACE(std::to_string(base) + " with bit " + std::to_string(bit));
      OpenIntent intent;
      intent.append = true;
      if (OpenIntent::FromFlags(flags, 0600, &intent)) {
        EXPECT_EQ(FlagsOf(intent), flags & kKept);
        EXPECT_EQ(flags & ~(kKept | kInForce), 0);
      } else {
        EXPECT_TRUE(intent.append) << "left as it was";
      }
      if ((flag & ~(kKept | kInForce)) != 0) {
        EXPECT_FALSE(OpenIntent::FromFlags(flags, 0600, &intent));
      }
      if ((flag & kInForce) != 0) {
        EXPECT_TRUE(OpenIntent::FromFlags(flags, 0600, &intent));
      }
    }
  }
}

TEST(OpenIntentTest, ModesAreThoseOfFiles) {
  OpenIntent intent;
  EXPECT_TRUE(OpenIntent::FromFlags(O_RDWR | O_CREAT, 07777, &intent));
  EXPECT_FALSE(OpenIntent::FromFlags(O_RDWR | O_CREAT, 010000, &intent));
  EXPECT_FALSE(OpenIntent::FromFlags(O_RDWR | O_CREAT, S_IFREG, &intent));
}

TEST(KindsTest, AreSets) {
  constexpr mode_t kAll[] = {S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO,
                             S_IFCHR, S_IFBLK, S_IFSOCK};
  for (const mode_t type : kAll) {
    const bool usual = type == S_IFREG || type == S_IFDIR;
    EXPECT_EQ(Kinds::RegularAndDirectory().Contains(type | 0644), usual);
    EXPECT_TRUE(Kinds::Any().Contains(type | 0644));
    EXPECT_FALSE(Kinds::None().Contains(type | 0644));
    EXPECT_TRUE(Kinds::None().And(type).Contains(type));
    EXPECT_FALSE(Kinds::None().And(type).any());
  }
  EXPECT_FALSE(Kinds::RegularAndDirectory().And(S_IFIFO).Contains(S_IFCHR));
  EXPECT_TRUE(Kinds::Any().any());
}

}  // namespace
}  // namespace fs
}  // namespace postern
