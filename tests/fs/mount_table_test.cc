#include "fs/mount_table.h"

#include <sys/sysmacros.h>

#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

constexpr char kTable[] =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "22 21 0:20 / /proc rw,nosuid,nodev - proc proc rw\n"
    "30 21 8:2 /sub /mnt/a\\040b\\134c rw - xfs /dev/sdb rw\n"
    "31 21 8:3 / /usb rw,nodev shared:9 master:2 - vfat /dev/sdc rw\n"
    "32 21 8:4 / /fold rw - ext4 /dev/sdd rw,casefold\n"
    "40 21 0:40 / /over rw - tmpfs lower rw\n"
    "41 40 0:41 / /over rw,nodev - tmpfs upper rw\n"
    "42 21 0:42 / /srv rw,nodevices - fuse.sshfs host: rw\n"
    "50 21 0:50 / /hid/b rw,nodev - tmpfs hidden rw\n"
    "51 50 0:51 / /hid/b/c rw,nodev - tmpfs on-hidden rw\n"
    "52 21 0:52 / /hid rw - tmpfs hides rw\n"
    "53 52 0:53 / /hid/b/c/d rw,nodev - tmpfs on-top rw\n";

TEST(MountTableTest, FindsThePlaceOfAName) {
  struct Case {
    const char* name;
    uint64_t id;
    bool nodev, may_fold_names;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"/", 21, false, false, "the root"},
      {"/etc/passwd", 21, false, false, "below it"},
      {"/proc", 22, true, false, "a mount's own place"},
      {"/proc/self", 22, true, false, "below it"},
      {"/process", 21, false, false, "a prefix of bytes, not of components"},
      {"/mnt/a b\\c/x", 30, false, false, "a place with escapes"},
      {"/mnt/a\\040b\\134c/x", 21, false, false, "as which it is written"},
      {"/usb/x", 31, true, true, "two optional fields; folds case"},
      {"/fold/x", 32, false, true, "said so in the options"},
      {"/over/x", 41, true, false, "the upper of two"},
      {"/hid/b/x", 52, false, false, "a mount that a later one hides"},
      {"/hid/b/c/x", 52, false, false, "one on a hidden mount"},
      {"/hid/b/c/d/x", 53, true, false, "one on the mount that hides"},
      {"/srv/x", 42, false, true, "not known; an option that begins alike"},
  };
  const MountTable table(kTable);
  EXPECT_TRUE(table.any_folds_names());
  EXPECT_TRUE(table.complete());
  EXPECT_TRUE(table.IsInProcfs("/proc/self"));
  EXPECT_FALSE(table.IsInProcfs("/process"));
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.name) + ": " + c.why);
    const Mount* mount = table.Find(c.name);
    ASSERT_NE(mount, nullptr);
    EXPECT_EQ(mount->id, c.id);
    EXPECT_EQ(mount->nodev, c.nodev);
    EXPECT_EQ(mount->may_fold_names, c.may_fold_names);
    EXPECT_EQ(table.FindById(c.id), mount);
  }
  EXPECT_EQ(table.FindById(30)->device, makedev(8, 2));
  EXPECT_EQ(table.FindById(30)->root, "/sub");
  EXPECT_EQ(table.FindById(30)->type, "xfs");
  EXPECT_EQ(table.FindById(99), nullptr);
}

TEST(MountTableTest, LeavesOutWhatMakesNoSense) {
  constexpr const char* kLines[] = {
      "",
      "\n\n",
      "21",
      "21 1 8:1 / / rw",
      "21 1 8:1 / / rw - ext4",
      "21 1 8:1 / / - ext4 /dev/sda1 rw",
      "x 1 8:1 / / rw - ext4 /dev/sda1 rw",
      "-1 1 8:1 / / rw - ext4 /dev/sda1 rw",
      "21 1 8 / / rw - ext4 /dev/sda1 rw",
      "21 1 8:1:2 / / rw - ext4 /dev/sda1 rw",
      "21 1 8:99999999999 / / rw - ext4 /dev/sda1 rw",
      "21 1 8:1 / relative rw - ext4 /dev/sda1 rw",
      "21 1 8:1 /  rw - ext4 /dev/sda1 rw",
  };
  for (const char* line : kLines) {
    SCOPED_TRACE(line);
    EXPECT_TRUE(MountTable(line).mounts().empty());
    EXPECT_EQ(MountTable(line).Find("/"), nullptr);
    EXPECT_FALSE(MountTable(line).any_folds_names());
  }
}

TEST(MountTableTest, TakesEscapesThatAreNoneAsTheyStand) {
  const MountTable table(
      "1 0 0:1 / /a\\9 rw - tmpfs t rw\n"
      "2 0 0:1 / /b\\04 rw - tmpfs t rw\n"
      "3 0 0:1 / /c\\ rw - tmpfs t rw\n"
      "4 0 0:1 / /d\\x41e rw - tmpfs t rw\n"
      "5 0 0:1 / /e\\1x1f rw - tmpfs t rw\n"
      "6 0 0:1 / /f\\10xg rw - tmpfs t rw\n"
      "7 0 0:1 / /g\\108h rw - tmpfs t rw\n"
      "8 0 0:1 / /h\\\\101\\101 rw - tmpfs t rw");
  ASSERT_EQ(table.mounts().size(), 8u);
  EXPECT_EQ(table.FindById(1)->point, "/a\\9");
  EXPECT_EQ(table.FindById(2)->point, "/b\\04");
  EXPECT_EQ(table.FindById(3)->point, "/c\\");
  EXPECT_EQ(table.FindById(4)->point, "/d\\x41e");
  EXPECT_EQ(table.FindById(5)->point, "/e\\1x1f");
  EXPECT_EQ(table.FindById(6)->point, "/f\\10xg");
  EXPECT_EQ(table.FindById(7)->point, "/g\\108h");
  EXPECT_EQ(table.FindById(8)->point, "/h\\AA") << "the last one is whole";
}

TEST(MountTableTest, ReadsThisProcess) {
  const absl::StatusOr<MountTable> read = MountTable::Read();
  ASSERT_TRUE(read.ok()) << read.status();
  const MountTable& table = *read;
  if (table.mounts().empty()) GTEST_SKIP() << "no procfs to read mounts from";
  EXPECT_NE(table.Find("/"), nullptr);
  EXPECT_EQ(MountTable().Find("/"), nullptr);
}

}  // namespace
}  // namespace fs
}  // namespace postern
