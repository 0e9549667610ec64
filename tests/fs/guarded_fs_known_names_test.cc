// Names that were plain files before, and what is there now.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "gtest/gtest.h"
#include "tests/fs/guarded_fs_fixture.h"

namespace postern {
namespace fs {
namespace {

using testing::EveryWay;
using testing::WayName;

class GuardedFsKnownNamesTest : public testing::GuardedFsTest {};

// How often a file was opened, not only held, since the last call.
class OpensOf {
 public:
  explicit OpensOf(const std::string& path)
      : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    EXPECT_GE(inotify_add_watch(inotify_.get(), path.c_str(), IN_OPEN), 0);
  }
  int Count() const {
    struct inotify_event event;  // of a file: without a name
    int count = 0;
    while (read(inotify_.get(), &event, sizeof(event)) == sizeof(event)) {
      ++count;
    }
    return count;
  }

 private:
  const FileDescriptor inotify_;
};

bool HasNoDevices(const std::string& path) {
  struct statvfs st;
  return statvfs(path.c_str(), &st) == 0 && (st.f_flag & ST_NODEV) != 0;
}

// Where devices can be, a fifo is looked at before it would be opened.
TEST_P(GuardedFsKnownNamesTest, WhatAGuestPutsAtAKnownNameIsLookedAt) {
  if (HasNoDevices(tree_.root())) GTEST_SKIP() << "no devices, no looks";
  EXPECT_TRUE(fs_->Mknod("fifo", S_IFIFO | 0600, 0).ok());
  tree_.File("in/other", "other");
  const OpensOf opens(tree_ / "in/fifo");
  EXPECT_EQ(Read("file"), "inside");
  EXPECT_EQ(Read("file"), "inside");
  EXPECT_TRUE(fs_->Exchange("file", "fifo").ok());
  EXPECT_EQ(fs_->Open("file", OpenIntent()).status().refusal, Refusal::kKind);
  EXPECT_EQ(Read("fifo"), "inside");
  EXPECT_EQ(Read("other"), "other");
  EXPECT_TRUE(fs_->Rename("fifo", "other").ok());
  EXPECT_TRUE(fs_->Rename("file", "fifo").ok());
  EXPECT_EQ(fs_->Open("fifo", OpenIntent()).status().refusal, Refusal::kKind);
  EXPECT_EQ(opens.Count(), 0);
}

// What others put there is as well, if the host wants it; it is refused anyway.
TEST_P(GuardedFsKnownNamesTest, WhatOthersPutAtAKnownNameIsLookedAtOnRequest) {
  if (HasNoDevices(tree_.root())) GTEST_SKIP() << "no devices, no looks";
  for (const bool remember : {false, true}) {
    options_.remember_plain_names = remember;
    Make();
    tree_.File("in/file", "inside");
    EXPECT_EQ(Read("file"), "inside");
    EXPECT_EQ(Read("file"), "inside");
    ASSERT_EQ(mkfifo((tree_ / "in/fifo").c_str(), 0600), 0);
    const OpensOf opens(tree_ / "in/fifo");
    ASSERT_EQ(rename((tree_ / "in/fifo").c_str(), (tree_ / "in/file").c_str()),
              0);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(fs_->Open("file", OpenIntent()).status().refusal,
                Refusal::kKind);
    }
    EXPECT_EQ(opens.Count(), remember ? 1 : 0) << "from then on all is";
    ASSERT_EQ(unlink((tree_ / "in/file").c_str()), 0);
  }
}

bool Put(mode_t type, const std::string& path) {
  // No driver has this number: opening it fails with ENXIO.
  return mknod(path.c_str(), type | 0600, makedev(4000, 1)) == 0;
}

// A device may fail in its driver, and a fifo that nobody reads for writing.
// That is no answer for a guest, and nothing is opened so a second time.
TEST_P(GuardedFsKnownNamesTest, WhatFailsToOpenAtAKnownNameIsLookedAt) {
  if (HasNoDevices(tree_.root())) GTEST_SKIP() << "no devices, no looks";
  OpenIntent writes;
  writes.access = OpenIntent::Access::kWrite;
  OpenIntent creates = writes;
  creates.create = true;
  for (const mode_t type : {mode_t{S_IFIFO}, mode_t{S_IFCHR}}) {
    for (const char* name : {"file", "sub/../file", "abs_link"}) {
      for (const OpenIntent& intent : {writes, creates}) {
        SCOPED_TRACE(std::string(name) + (intent.create ? ", creating" : "") +
                     (type == S_IFIFO ? ", a fifo" : ", a device"));
        if (!Put(type, tree_ / "in/special")) continue;
        tree_.File("in/file", "inside");
        tree_.File("in/other", "other");
        Make();
        EXPECT_EQ(Read("other"), "other");
        for (int i = 0; i < 2; ++i) EXPECT_TRUE(fs_->Open(name, intent).ok());
        const auto move = [&](const char* from, const char* to) {
          return rename((tree_ / from).c_str(), (tree_ / to).c_str());
        };
        ASSERT_EQ(move("in/special", "in/file"), 0);
        for (int i = 0; i < 3; ++i) {
          EXPECT_EQ(fs_->Open(name, intent).status().refusal, Refusal::kKind);
        }
        // A proposal knows what is there without opening it.
        if (name == std::string("file") && !intent.create) {
          ASSERT_TRUE(Put(S_IFIFO, tree_ / "in/fifo"));
          const OpensOf opens(tree_ / "in/fifo");
          ASSERT_EQ(move("in/fifo", "in/other"), 0);
          EXPECT_EQ(Read("other"), "denied");
          EXPECT_EQ(opens.Count(), 0) << "from then on all is";
        }
        ASSERT_EQ(unlink((tree_ / "in/file").c_str()), 0);
        ASSERT_EQ(unlink((tree_ / "in/other").c_str()), 0);
      }
    }
  }
}

// A proposal was looked at just now, and so it is known what is there.
TEST_P(GuardedFsKnownNamesTest, WhatIsKnownByAProposalIsNotOpened) {
  if (HasNoDevices(tree_.root())) GTEST_SKIP() << "no devices, no looks";
  if (!GuardedFsParts::KernelOf(*fs_).has_procfs() ||
      !GuardedFsParts::KernelOf(*fs_).has_openat2()) {
    GTEST_SKIP() << "a walk does not tell what it proposes";
  }
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Read("abs_link"), "inside");
  ASSERT_TRUE(Put(S_IFIFO, tree_ / "in/fifo"));
  const OpensOf opens(tree_ / "in/fifo");
  ASSERT_EQ(rename((tree_ / "in/fifo").c_str(), (tree_ / "in/file").c_str()),
            0);
  EXPECT_EQ(fs_->Open("abs_link", OpenIntent()).status().refusal,
            Refusal::kKind);
  EXPECT_EQ(opens.Count(), 0);
}

// Who moves folders can bring a fifo to where a file was, between a look and an
// open. What is held first is opened as what it is.
TEST_P(GuardedFsKnownNamesTest, OnRequestNoMoveOfAFolderOpensAFifo) {
  if (!GuardedFsParts::KernelOf(*fs_).has_procfs())
    GTEST_SKIP() << "no procfs to open through";
  options_.remember_plain_names = false;
  Make();
  tree_.File("in/a/x", "plain");
  tree_.Dir("in/b");
  ASSERT_TRUE(Put(S_IFIFO, tree_ / "in/b/x"));
  const OpensOf opens(tree_ / "in/b/x");
  const std::string a = tree_ / "in/a", b = tree_ / "in/b";
  std::atomic<bool> done{false};
  std::thread mover([&] {
    while (!done) {
      renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    }
  });
  int plain = 0;
  for (int i = 0; i < 20000; ++i) plain += Read("a/x") == "plain" ? 1 : 0;
  done = true;
  mover.join();
  EXPECT_GT(plain, 0);
  EXPECT_EQ(opens.Count(), 0);
}

// A link that was there is asked for no longer than it is.
TEST_P(GuardedFsKnownNamesTest, AFolderThatWasALinkIsOpened) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Read("sub_link/deep"), "deep");
    ASSERT_EQ(unlink((tree_ / "in/sub_link").c_str()), 0);
    tree_.File("in/sub_link/deep", "here");
    EXPECT_EQ(Read("sub_link/deep"), "here");
    EXPECT_EQ(Read("sub_link/deep"), "here");
    ASSERT_EQ(unlink((tree_ / "in/sub_link/deep").c_str()), 0);
    EXPECT_TRUE(fs_->WriteFile("sub_link/deep", "made").ok());
    ASSERT_EQ(unlink((tree_ / "in/sub_link/deep").c_str()), 0);
    ASSERT_EQ(rmdir((tree_ / "in/sub_link").c_str()), 0);
    tree_.Symlink("sub", "in/sub_link");
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, GuardedFsKnownNamesTest, EveryWay(), WayName);

}  // namespace
}  // namespace fs
}  // namespace postern
