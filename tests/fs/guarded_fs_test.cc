#include "fs/guarded_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace {

using testing::PrefixMonitor;
using testing::TempTree;

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
    auto made = GuardedFs::Create(monitor_, options_, GetParam());
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

TEST_P(GuardedFsTest, ReadsWhatTheNameLeadsTo) {
  struct Case {
    const char* path;
    const char* want;
    const char* why;
  };
  const std::string long_name = std::string(300, 'x');
  const Case cases[] = {
      {"file", "inside", "granted"},
      {"./sub//deep", "deep", "slashes and dots"},
      {"sub/../file", "inside", "a step back inside"},
      {"../in/file", "inside", "a step back and in again"},
      {"../out/file", "denied", "a step out"},
      {"out_link", "denied", "a relative link out"},
      {"out_dir/file", "denied", "an absolute link out"},
      {"out_dir/back", "inside", "a link elsewhere that leads back"},
      {"sub_link/deep", "deep", "a link inside"},
      {"sub_link/../file", "inside", "a step back from a link's target"},
      {"out_dir/../in/file", "inside", "a step back from elsewhere"},
      {"abs_link", "inside", "an absolute link inside"},
      {"secret/key", "denied", "a denied folder"},
      {"secret_link/key", "denied", "a link to it"},
      {"file/", "ENOTDIR", "a slash behind a file"},
      {"file/.", "ENOTDIR", "a dot behind a file"},
      {"file/..", "ENOTDIR", "a step back from a file"},
      {"nothing", "ENOENT", "nothing there, and granted"},
      {"dangling", "ENOENT", "a link to nothing granted"},
      {"dangling_out", "denied", "a link to nothing outside"},
      {"secret/nothing", "denied", "nothing there, and denied"},
      {"loop", "ELOOP", "a link to itself"},
      {"", "denied", "an empty name"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.path) + ": " + c.why);
    EXPECT_EQ(Read(c.path), c.want);
  }
  EXPECT_EQ(Read(long_name), "ENAMETOOLONG");
  EXPECT_EQ(Read(std::string("file\0x", 6)), "denied");
}

TEST_P(GuardedFsTest, CreatesOnlyWhereTheNameIsGranted) {
  EXPECT_TRUE(fs_->WriteFile("new", "1").ok());
  EXPECT_EQ(tree_.Contents("in/new"), "1");
  EXPECT_TRUE(fs_->WriteFile("sub_link/new", "2").ok());
  EXPECT_EQ(tree_.Contents("in/sub/new"), "2");
  EXPECT_TRUE(fs_->WriteFile("out_dir/new", "3").denied());
  EXPECT_FALSE(tree_.Exists("out/new"));
  EXPECT_FALSE(fs_->WriteFile("dangling", "4").ok());
  EXPECT_FALSE(tree_.Exists("in/nowhere"));
  EXPECT_FALSE(fs_->WriteFile("dangling_out", "5").ok());
  EXPECT_FALSE(tree_.Exists("out/nowhere"));
  EXPECT_TRUE(fs_->WriteFile("out_link", "6").denied());
  EXPECT_EQ(tree_.Contents("out/file"), "outside");
  EXPECT_TRUE(fs_->WriteFile("file", "7").ok());
  EXPECT_EQ(tree_.Contents("in/file"), "7");
}

TEST_P(GuardedFsTest, MovesAndRemoves) {
  EXPECT_TRUE(fs_->Mkdir("made", 0755).ok());
  EXPECT_TRUE(fs_->Rename("file", "made/file").ok());
  EXPECT_EQ(tree_.Contents("in/made/file"), "inside");
  EXPECT_TRUE(fs_->Rename("made/file", "../out/moved").denied());
  EXPECT_TRUE(fs_->Rename("../out/file", "stolen").denied());
  EXPECT_TRUE(fs_->Rename("secret/key", "stolen").denied());
  EXPECT_TRUE(fs_->Link("secret/key", "stolen").denied());
  EXPECT_TRUE(fs_->Exchange("secret", "sub").denied());
  EXPECT_TRUE(fs_->Rename("sub_link", "other_link").ok());
  EXPECT_TRUE(fs_->RemoveAll("made").ok());
  EXPECT_FALSE(tree_.Exists("in/made"));
  EXPECT_TRUE(fs_->RemoveAll(tree_ / "in").denied());
  EXPECT_TRUE(tree_.Exists("in/secret/key"));
  EXPECT_TRUE(tree_.Exists("in/sub/deep"));
  EXPECT_TRUE(fs_->Unlink("out_link").ok());
  EXPECT_TRUE(tree_.Exists("out/file"));
}

TEST_P(GuardedFsTest, SymlinksMayBeMadeAndAreDecidedAtUse) {
  EXPECT_TRUE(fs_->Symlink("../out/file", "made").ok());
  EXPECT_EQ(Read("made"), "denied");
  const FsResult<std::string> text = fs_->Readlink("made");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "../out/file");
  EXPECT_EQ(fs_->Readlink("file").status().error_number, EINVAL);
}

TEST_P(GuardedFsTest, StartsFromADirectory) {
  FsResult<Handle> sub = fs_->ChangeDirectory("sub");
  ASSERT_TRUE(sub.ok());
  EXPECT_EQ(Read(At("deep", &*sub)), "deep");
  EXPECT_EQ(Read(At("../file", &*sub)), "inside");
  ASSERT_EQ(rename((tree_ / "in/sub").c_str(), (tree_ / "in/moved").c_str()),
            0);
  if (fs_->kernel().has_procfs()) {
    EXPECT_EQ(Read(At("deep", &*sub)), "deep");
  } else {
    EXPECT_EQ(Read(At("deep", &*sub)), "denied");
  }
}

// Somebody is asked for a long time, and the folder is moved meanwhile: what is
// in it then was not decided.
TEST_P(GuardedFsTest, AMovedFolderIsNotTheOneThatWasDecided) {
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
  };
  monitor_->acts = true;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    tree_.File("in/p/x", "mine");
    tree_.File("out/secret", "secret");
    monitor_->on_enforce = [&](absl::string_view) {
      ASSERT_EQ(rename((tree_ / "in/p").c_str(), (tree_ / "out/p").c_str()), 0);
      ASSERT_EQ(
          rename((tree_ / "out/secret").c_str(), (tree_ / "out/p/x").c_str()),
          0);
      monitor_->on_enforce = nullptr;
    };
    EXPECT_FALSE(c.act(*fs_).ok());
    EXPECT_FALSE(tree_.Exists("in/y"));
    EXPECT_FALSE(tree_.Exists("out/p/made"));
    EXPECT_EQ(tree_.Contents("out/p/x"), "secret");
    std::filesystem::remove_all(tree_ / "out/p");
  }
}

TEST_P(GuardedFsTest, NothingIsToldOfWhatALinkLeadsTo) {
  for (const char* target : {"../out", "../out/file", "../out/nothing"}) {
    SCOPED_TRACE(target);
    tree_.Symlink(target, "in/l");
    EXPECT_TRUE(fs_->Link("l/", "made").denied());
    EXPECT_EQ(fs_->Rmdir("l/").error_number, ENOTDIR);
    EXPECT_TRUE(fs_->Unlink("l").ok());
  }
  monitor_->conceal = true;
  for (const char* name : {"secret/..", "secret/key/..", "secret/nothing/.."}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(fs_->Rmdir(std::string("../out/") + name).error_number, ENOENT);
  }
}

TEST_P(GuardedFsTest, RemoveAllLooksFirstAlsoWhereItIsRecorded) {
  monitor_->acts = true;
  tree_.File("in/a_sibling", "");
  EXPECT_TRUE(fs_->RemoveAll(tree_ / "in").denied());
  for (const char* name : {"in/file", "in/a_sibling", "in/sub/deep"}) {
    EXPECT_TRUE(tree_.Exists(name)) << name;
  }
  EXPECT_EQ(fs_->RemoveAll("sub/.").error_number, EINVAL);
  EXPECT_EQ(fs_->RemoveAll("sub/..").error_number, EINVAL);
  EXPECT_TRUE(tree_.Exists("in/sub/deep"));
}

TEST_P(GuardedFsTest, RemoveAllTakesManyAndDeepFolders) {
  for (int i = 0; i < 600; ++i) {
    tree_.File("in/many/" + std::to_string(i) + "/f", "");
  }
  std::string deep = "in/many";
  for (int i = 0; i < 300; ++i) deep += "/d";
  tree_.File(deep + "/f", "");
  EXPECT_TRUE(fs_->RemoveAll("many").ok());
  EXPECT_FALSE(tree_.Exists("in/many"));
}

TEST_P(GuardedFsTest, FifosMayBeMovedAndAreNotOpened) {
  EXPECT_TRUE(fs_->Mknod("fifo", S_IFIFO | 0600, 0).ok());
  EXPECT_TRUE(fs_->Rename("fifo", "pipe").ok());
  EXPECT_EQ(fs_->Open("pipe", OpenIntent()).status().refusal, Refusal::kKind);
}

TEST_P(GuardedFsTest, AnOpenMaySayMoreThanTheOptions) {
  EXPECT_TRUE(fs_->Mknod("fifo", S_IFIFO | 0600, 0).ok());
  OpenIntent intent;
  intent.special_files = true;
  EXPECT_TRUE(fs_->Open("fifo", intent).ok());
  struct stat here, proc;
  ASSERT_EQ(stat(tree_.root().c_str(), &here), 0);
  if (stat("/proc/self/status", &proc) != 0 || here.st_dev == proc.st_dev) {
    GTEST_SKIP() << "no other mount that every process has";
  }
  monitor_ = std::make_shared<PrefixMonitor>(
      std::vector<PrefixMonitor::Subtree>{{"/", kBoth}},
      std::vector<PrefixMonitor::Subtree>());
  Make();
  const std::string other = "/proc/" + std::to_string(getpid()) + "/status";
  EXPECT_TRUE(fs_->Open(other, OpenIntent()).ok());
  intent.same_mount = true;
  EXPECT_EQ(fs_->Open(other, intent).status().refusal, Refusal::kMount);
}

TEST_P(GuardedFsTest, ReadsAsMuchAsIsAllowed) {
  for (size_t most : {size_t{6}, size_t{7}, SIZE_MAX}) {
    const FsResult<std::string> all = fs_->ReadFile("file", most);
    ASSERT_TRUE(all.ok()) << most;
    EXPECT_EQ(*all, "inside");
  }
  EXPECT_EQ(fs_->ReadFile("file", 5).status().error_number, EFBIG);
}

TEST_P(GuardedFsTest, ALeaseIsNoRace) {
  const FileDescriptor holder(open((tree_ / "in/file").c_str(), O_RDWR));
  if (fcntl(holder.get(), F_SETLEASE, F_WRLCK) != 0) {
    GTEST_SKIP() << "no leases here: " << strerror(errno);
  }
  signal(SIGIO, SIG_IGN);
  const FsStatus status = fs_->Open("file", OpenIntent()).status();
  EXPECT_EQ(status.error_number, EAGAIN);
  EXPECT_FALSE(status.denied());
}

TEST_P(GuardedFsTest, AWatchForgetsNamesOnceItsFolderIsMoved) {
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

// Without this the other ways would be tested twice and this one never.
TEST_P(GuardedFsTest, UsesOpenat2WhereTheKernelHasIt) {
  struct open_how how = {};
  how.flags = O_PATH;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const FileDescriptor fd(
      static_cast<int>(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how))));
  EXPECT_EQ(fs_->kernel().has_openat2(), fd.valid() && !GetParam().openat2);
}

TEST_P(GuardedFsTest, LeavesNoDescriptorOpen) {
  const int before = testing::CountDescriptors();
  if (before < 0) GTEST_SKIP() << "no procfs to count descriptors in";
  for (const char* name : {"file", "out_link", "sub_link/deep", "loop", "../x",
                           "secret/key", "dangling", "file/"}) {
    Read(name);
    static_cast<void>(fs_->Stat(name));
    static_cast<void>(fs_->Lstat(name));
    static_cast<void>(fs_->Mkdir(name, 0700));
    static_cast<void>(fs_->Rename(name, "secret/x"));
  }
  EXPECT_EQ(testing::CountDescriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, GuardedFsTest,
    ::testing::Values(Kernel::Without{false, false},
                      Kernel::Without{true, false},
                      Kernel::Without{false, true},
                      Kernel::Without{true, true}),
    [](const ::testing::TestParamInfo<Kernel::Without>& way) {
      return std::string(way.param.openat2 ? "Steps" : "Openat2") +
             (way.param.procfs ? "Walk" : "Procfs");
    });

}  // namespace
}  // namespace fs
}  // namespace postern
