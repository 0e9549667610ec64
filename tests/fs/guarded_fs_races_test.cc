// What others do while names are decided, locked or watched.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "fs/fork_mutex.h"
#include "fs/guarded_fs.h"
#include "gtest/gtest.h"
#include "tests/fs/guarded_fs_fixture.h"

namespace postern {
namespace fs {
namespace {

using testing::EveryWay;
using testing::WayName;

class GuardedFsRacesTest : public testing::GuardedFsTest {};

// Somebody is asked for a long time, and the folder is moved meanwhile: what is
// in it then was not decided.
TEST_P(GuardedFsRacesTest, AMovedFolderIsNotTheOneThatWasDecided) {
  struct Case {
    const char* why;
    std::function<FsStatus(const GuardedFs&)> act;
  };
  const Case cases[] = {
      {"rename", [](const GuardedFs& f) { return f.Rename("p/x", "y"); }},
      {"link", [](const GuardedFs& f) { return f.Link("p/x", "y"); }},
      {"unlink", [](const GuardedFs& f) { return f.Unlink("p/x"); }},
      {"mkdir", [](const GuardedFs& f) { return f.Mkdir("p/made", 0700); }},
      {"symlink", [](const GuardedFs& f) { return f.Symlink("a", "p/made"); }},
      {"mknod",
       [](const GuardedFs& f) { return f.Mknod("p/made", S_IFREG, 0); }},
      {"remove all", [](const GuardedFs& f) { return f.RemoveAll("p/x"); }},
      {"rename to", [](const GuardedFs& f) { return f.Rename("f", "p/made"); }},
      {"rename over", [](const GuardedFs& f) { return f.Rename("f", "p/x"); }},
      {"rename to nothing",
       [](const GuardedFs& f) { return f.RenameNoReplace("f", "p/made"); }},
      {"link to", [](const GuardedFs& f) { return f.Link("f", "p/made"); }},
      {"exchange with",
       [](const GuardedFs& f) { return f.Exchange("f", "p/x"); }},
  };
  monitor_->acts = true;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    tree_.File("in/p/x", "mine");
    tree_.File("in/f", "mine");
    tree_.File("out/secret", "secret");
    // The last name that is decided.
    monitor_->on_enforce = [&](absl::string_view path) {
      if (path == tree_ / "in/f") return;
      ASSERT_EQ(rename((tree_ / "in/p").c_str(), (tree_ / "out/p").c_str()), 0);
      ASSERT_EQ(
          rename((tree_ / "out/secret").c_str(), (tree_ / "out/p/x").c_str()),
          0);
      monitor_->on_enforce = nullptr;
    };
    EXPECT_FALSE(c.act(*fs_).ok());
    EXPECT_EQ(monitor_->on_enforce, nullptr) << "nothing was moved";
    EXPECT_FALSE(tree_.Exists("in/y"));
    EXPECT_EQ(tree_.Contents("in/f"), "mine");
    EXPECT_FALSE(tree_.Exists("out/p/made"));
    EXPECT_EQ(tree_.Contents("out/p/x"), "secret");
    std::filesystem::remove_all(tree_ / "out/p");
  }
}

// What is looked at is what is opened, also where only the name can be opened.
TEST_P(GuardedFsRacesTest, AFileThatIsSwappedAfterItWasJudgedIsJudgedAgain) {
  options_.hard_links_reading = HardLinks::kRefuse;
  Make();
  tree_.File("out/two", "outside");
  tree_.HardLink("out/two", "in/other");
  monitor_->acts = true;
  monitor_->on_enforce = [&](absl::string_view) {
    ASSERT_EQ(rename((tree_ / "in/other").c_str(), (tree_ / "in/file").c_str()),
              0);
    monitor_->on_enforce = nullptr;
  };
  EXPECT_NE(Read("file"), "outside");
  EXPECT_EQ(Read("file"), "denied") << "it has two names";
}

// A child has a copy of a lock that another thread held, and no such thread.
TEST_P(GuardedFsRacesTest, AChildDoesNotWaitForItsParentsThreads) {
  options_.naming = std::make_shared<ForkMutex>();
  Make();
  options_.naming->lock();
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    const bool made =
        fs_->Mkdir("by_child", 0700).ok() && fs_->Mkdir("once_more", 0700).ok();
    _exit(made ? 0 : 1);
  }
  options_.naming->unlock();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(fs_->Rmdir("by_child").ok());
}

TEST_P(GuardedFsRacesTest, ALeaseIsNoRace) {
  const FileDescriptor holder(open((tree_ / "in/file").c_str(), O_RDWR));
  if (fcntl(holder.get(), F_SETLEASE, F_WRLCK) != 0) {
    GTEST_SKIP() << "no leases here: " << strerror(errno);
  }
  signal(SIGIO, SIG_IGN);
  const FsStatus status = fs_->Open("file", OpenIntent()).status();
  EXPECT_EQ(status.error_number, EAGAIN);
  EXPECT_FALSE(status.denied());
}

TEST_P(GuardedFsRacesTest, AWatchForgetsNamesOnceItsFolderIsMoved) {
  FsResult<Watch> watch = fs_->WatchPath("sub", IN_CREATE);
  if (!watch.ok() && watch.status().refusal == Refusal::kUnenforceable) {
    GTEST_SKIP() << "no watches without procfs";
  }
  ASSERT_TRUE(watch.ok());
  tree_.File("in/sub/seen", "");
  auto events = watch->Read();
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].name, "seen");
  ASSERT_EQ(rename((tree_ / "in/sub").c_str(), (tree_ / "out/sub").c_str()), 0);
  tree_.File("out/sub/unseen", "");
  events = watch->Read();
  ASSERT_TRUE(events.ok());
  EXPECT_TRUE(events->empty());
}

// Moved away and back before anybody reads: what happened meanwhile happened
// under another name.
TEST_P(GuardedFsRacesTest, AWatchForgetsNamesThoughItsFolderCameBack) {
  for (const uint32_t asked : {uint32_t{0}, uint32_t{IN_MOVE_SELF}}) {
    FsResult<Watch> watch = fs_->WatchPath("sub", IN_CREATE | asked);
    if (!watch.ok() && watch.status().refusal == Refusal::kUnenforceable) {
      GTEST_SKIP() << "no watches without procfs";
    }
    ASSERT_TRUE(watch.ok());
    const std::string here = tree_ / "in/sub", there = tree_ / "in/secret/sub";
    tree_.File("in/sub/seen", "");
    ASSERT_EQ(rename(here.c_str(), there.c_str()), 0);
    tree_.File("in/secret/sub/hidden", "");
    ASSERT_EQ(rename(there.c_str(), here.c_str()), 0);
    tree_.File("in/sub/later", "");
    const auto events = watch->Read();
    ASSERT_TRUE(events.ok());
    ASSERT_EQ(events->size(), asked == 0 ? 1u : 3u);
    EXPECT_EQ((*events)[0].name, "seen");
    for (const Watch::Event& event : *events) {
      EXPECT_EQ(event.name, &event == &(*events)[0] ? "seen" : "");
    }
    for (const char* name : {"in/sub/seen", "in/sub/hidden", "in/sub/later"}) {
      unlink((tree_ / name).c_str());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, GuardedFsRacesTest, EveryWay(), WayName);

}  // namespace
}  // namespace fs
}  // namespace postern
