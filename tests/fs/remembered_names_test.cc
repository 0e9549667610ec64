// A GuardedFs remembers what names led to. One that was made just now knows
// nothing, and both have to say the same.

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "gtest/gtest.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace {

using testing::PrefixMonitor;
using testing::TempTree;

constexpr Rights kBoth = Right::kRead | Right::kWrite;

// One that changes its mind.
class MovingMonitor : public PrefixMonitor {
 public:
  using PrefixMonitor::PrefixMonitor;
  std::string denied;

  Verdict Check(Rights rights, absl::string_view path) const override {
    Verdict verdict = PrefixMonitor::Check(rights, path);
    verdict.allowed = verdict.allowed && path != denied;
    return verdict;
  }
};

class RememberedNamesTest : public ::testing::Test {
 protected:
  RememberedNamesTest() {
    for (const char* name : {"in/a/f", "in/a/g", "in/b/f", "in/s/f"}) {
      tree_.File(name, name);
    }
    monitor_ = std::make_shared<MovingMonitor>(
        std::vector<PrefixMonitor::Subtree>{{tree_ / "in", kBoth}},
        std::vector<PrefixMonitor::Subtree>{{tree_ / "in/s", kBoth}});
    fs_ = Make();
  }
  std::unique_ptr<const GuardedFs> Make() {
    auto made = GuardedFs::Create(monitor_, GuardedFsOptions());
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  // What opening tells: the object's name and number, or why not.
  std::string Open(const GuardedFs& files, const std::string& name) {
    const FsResult<Handle> handle = files.Open(tree_ / name, OpenIntent());
    if (handle.ok()) {
      return absl::StrCat(handle->name(), " ", handle->identity().inode, " ",
                          handle->findings().hard_linked);
    }
    return absl::StrCat(strerrorname_np(handle.status().error_number), " ",
                        RefusalCode(handle.status().refusal));
  }
  std::string Open(const std::string& name) { return Open(*fs_, name); }
  std::string OpenAnew(const std::string& name) { return Open(*Make(), name); }
  void Move(const std::string& from, const std::string& to) {
    ASSERT_EQ(rename((tree_ / from).c_str(), (tree_ / to).c_str()), 0);
  }

  TempTree tree_;
  std::shared_ptr<MovingMonitor> monitor_;
  std::unique_ptr<const GuardedFs> fs_;
};

TEST_F(RememberedNamesTest, LinkLeadsElsewhere) {
  tree_.Symlink("a", "in/l");
  EXPECT_EQ(Open("in/l/f"), OpenAnew("in/a/f"));
  EXPECT_EQ(Open("in/l/f"), OpenAnew("in/a/f"));
  tree_.Symlink("b", "in/new");
  Move("in/new", "in/l");
  EXPECT_EQ(Open("in/l/f"), OpenAnew("in/b/f"));
  tree_.Symlink("s", "in/new");
  Move("in/new", "in/l");
  EXPECT_EQ(Open("in/l/f"), "EACCES monitor");
}

TEST_F(RememberedNamesTest, ObjectHasAnotherName) {
  tree_.Symlink("a/f", "in/l");
  const std::string first = Open("in/l");
  EXPECT_EQ(Open("in/l"), first);
  Move("in/a/f", "in/a/h");
  tree_.Symlink("a/h", "in/new");
  Move("in/new", "in/l");
  EXPECT_EQ(Open("in/l"), OpenAnew("in/a/h"));
  Move("in/a/h", "in/s/h");
  Move("in/b/f", "in/a/h");
  tree_.Symlink("s/h", "in/new");
  Move("in/new", "in/l");
  EXPECT_EQ(Open("in/l"), "EACCES monitor")
      << "though what has its name is not";
}

// By a name that is granted, which the link does not lead to.
TEST_F(RememberedNamesTest, OneOfTwoNamesIsNotTheOther) {
  tree_.Symlink("a/f", "in/l");
  EXPECT_EQ(Open("in/l"), OpenAnew("in/a/f"));
  tree_.HardLink("in/a/f", "in/s/h");
  tree_.Symlink("s/h", "in/new");
  Move("in/new", "in/l");
  EXPECT_EQ(Open("in/l"), "EACCES monitor");
}

TEST_F(RememberedNamesTest, WhatWasGrantedIsDecidedAgain) {
  tree_.Symlink("a/f", "in/l");
  EXPECT_EQ(Open("in/l"), OpenAnew("in/a/f"));
  monitor_->denied = tree_ / "in/a/f";
  EXPECT_EQ(Open("in/l"), "EACCES monitor");
}

// To the same object: where they lead tells what processes have open.
TEST_F(RememberedNamesTest, LinksOfProcfsAreNotFollowed) {
  const FileDescriptor folder(
      open((tree_ / "in/a").c_str(), O_PATH | O_CLOEXEC));
  const std::string held = absl::StrCat("/proc/self/fd/", folder.get());
  for (const char* last : {"", "/f", "/../a/f"}) {
    const std::string asked = absl::StrCat("in/l", last);
    tree_.Symlink("a", "in/new");
    Move("in/new", "in/l");
    EXPECT_EQ(Open(asked), OpenAnew(asked));
    EXPECT_EQ(Open(asked)[0], '/');
    tree_.Symlink(held, "in/new");
    Move("in/new", "in/l");
    EXPECT_EQ(Open(asked), OpenAnew(asked));
    EXPECT_EQ(Open(asked), "EACCES monitor") << asked;
  }
}

TEST_F(RememberedNamesTest, SomebodyIsAskedOnce) {
  tree_.Symlink("a/f", "in/l");
  EXPECT_EQ(Open("in/l"), OpenAnew("in/a/f"));
  monitor_->acts = true;
  EXPECT_EQ(Open("in/l"), Open("in/a/f"));
  EXPECT_EQ(monitor_->asked.size(), 2);
  monitor_->on_enforce = [&](absl::string_view path) {
    monitor_->denied = std::string(path);
  };
  EXPECT_EQ(Open("in/l"), "EACCES monitor");
  EXPECT_EQ(monitor_->asked.size(), 3);
}

TEST_F(RememberedNamesTest, RandomChangesAreSeenAtOnce) {
  std::mt19937 random(20261129);
  const auto pick = [&](const std::vector<std::string>& of) {
    return of[random() % of.size()];
  };
  const std::vector<std::string> folders = {"in/a", "in/b", "in/s", "in/l0",
                                            "in/l1"};
  const std::vector<std::string> entries = {"/f", "/g", "/l2", "/../l1/f", ""};
  const auto name = [&] { return tree_ / (pick(folders) + pick(entries)); };
  const auto target = [&] {
    return pick({"a", "b", "s", "l1", "../b/f", "../a/g", "../s/f", "f"});
  };
  int opened = 0, denied = 0, differ = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string a = name(), b = name();
    switch (random() % 6) {
      case 0:
        unlink(a.c_str());
        (void)!symlink(target().c_str(), a.c_str());
        break;
      case 1:
        rename(a.c_str(), b.c_str());
        break;
      case 2:
        // Of the same guest, who makes the rest be forgotten.
        if (random() % 8 == 0) (void)fs_->Rename(a, b).ok();
        break;
      case 3:
        if (random() % 4 == 0) (void)!link(a.c_str(), b.c_str());
        break;
      case 4: {
        const int fd = open(a.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (fd >= 0) close(fd);
        break;
      }
      default:
        if (random() % 8 == 0) mkdir(a.c_str(), 0700);
        break;
    }
    for (int k = 0; k < 3; ++k) {
      const std::string asked = pick(folders) + pick(entries);
      const std::string said = Open(asked);
      ASSERT_EQ(said, OpenAnew(asked)) << asked << " in step " << i;
      EXPECT_EQ(Open(asked), said);
      opened += said[0] == '/';
      denied += said == "EACCES monitor";
      differ += said[0] == '/' && said.find(asked + " ") == said.npos;
    }
  }
  EXPECT_GT(opened, 1000);
  EXPECT_GT(denied, 300);
  EXPECT_GT(differ, 300) << "too few passed a link";
}

}  // namespace
}  // namespace fs
}  // namespace postern
