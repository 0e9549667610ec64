#include "fs/link_targets.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

ObjectInfo File(uint64_t inode, unsigned names = 1) {
  ObjectInfo info = {};
  info.raw.stx_mask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;
  info.raw.stx_mode = S_IFREG;
  info.raw.stx_ino = inode;
  info.raw.stx_nlink = names;
  info.raw.stx_btime.tv_sec = 1;
  info.raw.stx_mnt_id = 7;
  return info;
}

std::string Found(const LinkTargets& targets, KnownNames::Key key,
                  const ObjectInfo& info) {
  std::string name;
  return targets.Find(key, info, &name) ? name : "";
}

TEST(LinkTargetsTest, TellsTheNameOfThatVeryObject) {
  LinkTargets targets;
  EXPECT_EQ(Found(targets, 4, File(1)), "");
  targets.Note(4, File(1), "/a");
  EXPECT_TRUE(targets.Knows(4));
  EXPECT_EQ(Found(targets, 4, File(1)), "/a");
  EXPECT_EQ(Found(targets, 4, File(2)), "");
  EXPECT_EQ(Found(targets, 8, File(1)), "");
  EXPECT_EQ(Found(targets, 4 + 4 * 128, File(1)), "") << "in the same slot";
  ObjectInfo later = File(1);
  later.raw.stx_btime.tv_sec = 2;
  EXPECT_EQ(Found(targets, 4, later), "");
  ObjectInfo elsewhere = File(1);
  elsewhere.raw.stx_mnt_id = 8;
  EXPECT_EQ(Found(targets, 4, elsewhere), "");
}

TEST(LinkTargetsTest, ObjectsOfMoreThanOneNameAreNotTold) {
  LinkTargets targets;
  targets.Note(4, File(1, 2), "/a");
  EXPECT_EQ(Found(targets, 4, File(1)), "");
  targets.Note(4, File(1), "/a");
  EXPECT_EQ(Found(targets, 4, File(1, 2)), "");
  EXPECT_EQ(Found(targets, 4, File(1, 0)), "");
  ObjectInfo directory = File(2, 5);
  directory.raw.stx_mode = S_IFDIR;
  targets.Note(8, directory, "/d");
  EXPECT_EQ(Found(targets, 8, directory), "/d");
  ObjectInfo nowhere = File(3);
  nowhere.raw.stx_mask &= ~unsigned{STATX_MNT_ID};
  targets.Note(12, nowhere, "/n");
  EXPECT_EQ(Found(targets, 12, nowhere), "");
}

TEST(LinkTargetsTest, NoKeyAndLongNamesAreNotNoted) {
  LinkTargets targets;
  targets.Note(0, File(1), "/a");
  EXPECT_EQ(Found(targets, 0, File(1)), "");
  for (const size_t size : {size_t{1}, size_t{199}, size_t{200}}) {
    const std::string name(size, 'n');
    targets.Note(4, File(1), name);
    EXPECT_EQ(Found(targets, 4, File(1)), name);
  }
  targets.Note(8, File(1), std::string(201, 'n'));
  EXPECT_FALSE(targets.Knows(8));
}

// The last word in each of the 128 slots.
TEST(LinkTargetsTest, IsAMapThatForgets) {
  std::mt19937 random(20261129);
  LinkTargets targets;
  struct Noted {
    KnownNames::Key key;
    uint64_t inode;
    std::string name;
  };
  std::map<uint64_t, Noted> naive;
  const auto pick = [&](unsigned below) { return random() % below; };
  for (int i = 0; i < 50000; ++i) {
    const KnownNames::Key key = 4 * (1 + pick(512));
    const uint64_t inode = 1 + pick(3);
    const auto slot = naive.find((key / 4) % 128);
    if (pick(2) == 0) {
      Noted noted = {key, inode,
                     absl::StrCat("/", std::string(pick(199), 'x'))};
      targets.Note(key, File(inode), noted.name);
      naive[(key / 4) % 128] = std::move(noted);
    } else {
      const bool known = slot != naive.end() && slot->second.key == key;
      ASSERT_EQ(targets.Knows(key), known);
      ASSERT_EQ(Found(targets, key, File(inode)),
                known && slot->second.inode == inode ? slot->second.name : "");
    }
  }
}

// What is found was noted by one thread, all of it.
TEST(LinkTargetsTest, ThreadsFindWholeNames) {
  LinkTargets targets;
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (unsigned i = 1; i <= 2; ++i) {
    writers.emplace_back([&targets, &stop, i] {
      for (unsigned n = 0; !stop.load(); n = (n + 1) % 190) {
        targets.Note(4, File(i),
                     std::string(1 + n, static_cast<char>('0' + i)));
      }
    });
  }
  int found = 0;
  for (int tries = 0; tries < 10000000 && found < 20000; ++tries) {
    const uint64_t inode = 1 + tries % 2;
    const std::string name = Found(targets, 4, File(inode));
    if (name.empty()) continue;
    ++found;
    EXPECT_EQ(name, std::string(name.size(), static_cast<char>('0' + inode)));
  }
  stop.store(true);
  for (std::thread& writer : writers) writer.join();
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace fs
}  // namespace postern
