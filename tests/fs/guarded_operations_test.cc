// What each operation has to look at, with the kernel as it is.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fs/base/file_descriptor.h"
#include "fs/file_identity.h"
#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace fs {
namespace {

using testing::PrefixMonitor;
using testing::TempTree;
using Subtrees = std::vector<PrefixMonitor::Subtree>;

constexpr Rights kBoth = Right::kRead | Right::kWrite;

// Knows one file, which nobody may change by whatever name.
class IdentityMonitor : public PrefixMonitor {
 public:
  using PrefixMonitor::PrefixMonitor;

  FileIdentity known = {};

  bool KnowsIdentities() const override { return true; }
  Verdict CheckIdentity(Rights rights, FileIdentity file,
                        absl::string_view path) const override {
    const bool same = file.device == known.device && file.inode == known.inode;
    return same && rights.Contains(Right::kWrite) ? Verdict()
                                                  : Check(rights, path);
  }
};

// Denies all that it says it has no answer to.
class SilentMonitor : public PrefixMonitor {
 public:
  using PrefixMonitor::PrefixMonitor;

  Verdict CheckLink(Rights, absl::string_view) const override {
    return Verdict();
  }
  Verdict CheckIdentity(Rights, FileIdentity,
                        absl::string_view) const override {
    return Verdict();
  }
  Verdict CheckEntry(Rights, FileIdentity, absl::string_view) const override {
    return Verdict();
  }
};

// "in" is granted but for "in/secret"; "drop" for writing alone.
class GuardedOperationsTest : public ::testing::Test {
 protected:
  GuardedOperationsTest() {
    tree_.File("in/file", "inside");
    tree_.File("in/sub/deep", "deep");
    tree_.File("in/secret/key", "secret");
    tree_.File("drop/box", "box");
    monitor_ = std::make_shared<IdentityMonitor>(
        Subtrees{{tree_ / "in", kBoth}, {tree_ / "drop", Right::kWrite}},
        Subtrees{{tree_ / "in/secret", kBoth}});
    options_.base_directory = tree_ / "in";
    Make();
  }
  void Make() {
    auto made = GuardedFs::Create(monitor_, options_);
    ASSERT_TRUE(made.ok()) << made.status();
    fs_ = *std::move(made);
  }
  // Runs `body` in a child with mounts of its own. It says why it cannot, or
  // "".
  void WithMounts(const std::function<std::string()>& body) {
    const auto result = postern::testing::RunInChild(
        [&] {
          const std::string error = postern::testing::EnterMountNamespace();
          return error.empty() ? body() : error;
        },
        30);
    EXPECT_TRUE(result.passed);
    if (!result.skipped.empty()) GTEST_SKIP() << result.skipped;
  }

  TempTree tree_;
  std::shared_ptr<IdentityMonitor> monitor_;
  GuardedFsOptions options_;
  std::unique_ptr<const GuardedFs> fs_;
};

struct Act {
  const char* why;
  std::function<FsStatus(const GuardedFs&)> act;
};

TEST_F(GuardedOperationsTest, WhatIsDeniedIsNotTouched) {
  const struct timespec times[2] = {{1, 0}, {1, 0}};
  const std::string key = "secret/key";
  const std::vector<Act> acts = {
      {"stat", [&](const GuardedFs& f) { return f.Stat(key).status(); }},
      {"lstat", [&](const GuardedFs& f) { return f.Lstat(key).status(); }},
      {"access", [&](const GuardedFs& f) { return f.Access(key, R_OK); }},
      {"access to write",
       [&](const GuardedFs& f) { return f.Access(tree_ / "out", W_OK); }},
      {"list", [](const GuardedFs& f) { return f.List("secret").status(); }},
      {"watch",
       [&](const GuardedFs& f) {
         return f.WatchPath(key, IN_MODIFY).status();
       }},
      {"chmod", [&](const GuardedFs& f) { return f.Chmod(key, 0777); }},
      {"chown",
       [&](const GuardedFs& f) { return f.Chown(key, getuid(), getgid()); }},
      {"lchown",
       [&](const GuardedFs& f) { return f.Lchown(key, getuid(), getgid()); }},
      {"times", [&](const GuardedFs& f) { return f.SetTimes(key, times); }},
      {"times of a link",
       [&](const GuardedFs& f) { return f.SetLinkTimes(key, times); }},
      {"truncate", [&](const GuardedFs& f) { return f.Truncate(key, 0); }},
      {"attribute",
       [&](const GuardedFs& f) { return f.GetXattr(key, "user.x").status(); }},
      {"attributes",
       [&](const GuardedFs& f) { return f.ListXattr(key).status(); }},
      {"set an attribute",
       [&](const GuardedFs& f) { return f.SetXattr(key, "user.x", "", 0); }},
      {"remove one",
       [&](const GuardedFs& f) { return f.RemoveXattr(key, "user.x"); }},
      {"mkdir", [](const GuardedFs& f) { return f.Mkdir("secret/a", 0700); }},
      {"mknod",
       [](const GuardedFs& f) {
         return f.Mknod("secret/a", S_IFREG | 0600, 0);
       }},
      {"symlink",
       [](const GuardedFs& f) { return f.Symlink("x", "secret/a"); }},
      {"link from", [&](const GuardedFs& f) { return f.Link(key, "a"); }},
      {"link to",
       [](const GuardedFs& f) { return f.Link("file", "secret/a"); }},
      {"link over it", [&](const GuardedFs& f) { return f.Link("file", key); }},
      {"copy from",
       [&](const GuardedFs& f) {
         return f.Copy(key, "a", GuardedFs::Replace::kNo);
       }},
      {"copy to",
       [&](const GuardedFs& f) {
         return f.Copy("file", key, GuardedFs::Replace::kYes);
       }},
      {"temporary file",
       [](const GuardedFs& f) { return f.CreateTemp("secret", "t").status(); }},
      {"temporary directory",
       [](const GuardedFs& f) {
         return f.CreateTempDirectory("secret", "t").status();
       }},
      {"unlink", [&](const GuardedFs& f) { return f.Unlink(key); }},
      {"execute", [&](const GuardedFs& f) { return f.OpenExec(key).status(); }},
      {"change to it",
       [](const GuardedFs& f) { return f.ChangeDirectory("secret").status(); }},
  };
  struct stat before, after;
  ASSERT_EQ(stat((tree_ / "in/secret/key").c_str(), &before), 0);
  for (const Act& a : acts) {
    EXPECT_TRUE(a.act(*fs_).denied()) << a.why;
    EXPECT_FALSE(tree_.Exists("in/secret/a")) << a.why;
    EXPECT_FALSE(tree_.Exists("in/a")) << a.why;
  }
  ASSERT_EQ(stat((tree_ / "in/secret/key").c_str(), &after), 0);
  EXPECT_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
  EXPECT_EQ(before.st_ctim.tv_sec, after.st_ctim.tv_sec);
}

TEST_F(GuardedOperationsTest, WhatGoesOrIsReplacedIsAskedForItsIdentity) {
  const std::vector<Act> acts = {
      {"remove", [](const GuardedFs& f) { return f.Unlink("sub/deep"); }},
      {"remove all", [](const GuardedFs& f) { return f.RemoveAll("sub"); }},
      {"move", [](const GuardedFs& f) { return f.Rename("sub/deep", "x"); }},
      {"replace",
       [](const GuardedFs& f) { return f.Rename("file", "sub/deep"); }},
      {"exchange",
       [](const GuardedFs& f) { return f.Exchange("sub/deep", "file"); }},
      {"exchange, second",
       [](const GuardedFs& f) { return f.Exchange("file", "sub/deep"); }},
  };
  struct stat info;
  ASSERT_EQ(stat((tree_ / "in/sub/deep").c_str(), &info), 0);
  monitor_->known = {info.st_dev, info.st_ino};
  for (const Act& a : acts) {
    EXPECT_TRUE(a.act(*fs_).denied()) << a.why;
    EXPECT_EQ(tree_.Contents("in/sub/deep"), "deep") << a.why;
    EXPECT_EQ(tree_.Contents("in/file"), "inside") << a.why;
  }
  monitor_->known = {};
  EXPECT_TRUE(fs_->Rename("file", "sub/deep").ok());
}

TEST_F(GuardedOperationsTest, NeitherOfTwoGainsARightInAnExchange) {
  const std::string box = tree_ / "drop/box";
  for (const bool turned : {false, true}) {
    const FsStatus status =
        turned ? fs_->Exchange(box, "file") : fs_->Exchange("file", box);
    EXPECT_TRUE(status.denied()) << "the box could be read as in/file";
    EXPECT_EQ(tree_.Contents("in/file"), "inside");
  }
  EXPECT_TRUE(fs_->Rename("file", box).ok()) << "which only loses one";
}

// Without the capability, at most the whiteout of an overlay can be made.
bool MakeDevice(const std::string& path, mode_t type) {
  return mknod(path.c_str(), type | 0600, makedev(511, 77)) == 0 ||
         mknod(path.c_str(), type | 0600, makedev(0, 0)) == 0;
}

// Nothing is opened by a move, but who finds it there may open it.
TEST_F(GuardedOperationsTest, DevicesAreMovedOnlyWhereTheyMayBeOpened) {
  const std::vector<Act> acts = {
      {"move", [](const GuardedFs& f) { return f.Rename("sub/device", "x"); }},
      {"link", [](const GuardedFs& f) { return f.Link("sub/device", "x"); }},
      {"exchange",
       [](const GuardedFs& f) { return f.Exchange("sub/device", "file"); }},
      {"exchange, second",
       [](const GuardedFs& f) { return f.Exchange("file", "sub/device"); }},
  };
  const std::string device = tree_ / "in/sub/device";
  bool any = false;
  for (const mode_t type : {mode_t{S_IFCHR}, mode_t{S_IFBLK}}) {
    if (!MakeDevice(device, type)) continue;
    any = true;
    options_.kinds = Kinds::RegularAndDirectory();
    Make();
    for (const Act& a : acts) {
      const FsStatus status = a.act(*fs_);
      EXPECT_EQ(status.refusal, Refusal::kKind) << a.why << ", type " << type;
      EXPECT_EQ(status.error_number, EACCES) << a.why << ", type " << type;
      EXPECT_EQ(tree_.Contents("in/file"), "inside") << a.why;
      EXPECT_FALSE(tree_.Exists("in/x")) << a.why;
    }
    options_.kinds = options_.kinds.And(type);
    Make();
    EXPECT_TRUE(fs_->Rename("sub/device", "x").ok()) << type;
    EXPECT_TRUE(fs_->Exchange("file", "x").ok()) << type;
    EXPECT_TRUE(fs_->Exchange("file", "x").ok()) << type;
    ASSERT_EQ(unlink((tree_ / "in/x").c_str()), 0);
  }
  if (!any) GTEST_SKIP() << "no devices can be made";
}

TEST_F(GuardedOperationsTest, AnErrorBeneathEndsARemoval) {
  const std::string sub = tree_ / "in/sub";
  // Names, but nothing of them; and no names.
  for (const mode_t mode : {mode_t{0600}, mode_t{0300}}) {
    ASSERT_EQ(chmod(sub.c_str(), mode), 0);
    WithoutCapabilities([&] {
      const FsStatus status = fs_->RemoveAll("sub");
      EXPECT_EQ(status.error_number, EACCES);
      EXPECT_FALSE(status.denied());
    });
    ASSERT_EQ(chmod(sub.c_str(), 0700), 0);
    EXPECT_EQ(tree_.Contents("in/sub/deep"), "deep");
  }
}

TEST_F(GuardedOperationsTest, ARemovalStopsWhereAnotherMountBegins) {
  options_.no_cross_mount = true;
  WithMounts([&]() -> std::string {
    const std::string place = tree_.Dir("in/top/place");
    tree_.File("in/top/file", "top");
    const std::string error =
        postern::testing::Mount("none", place, "tmpfs", 0);
    if (!error.empty()) return error;
    tree_.File("in/top/place/other", "other");
    Make();
    const FsStatus status = fs_->RemoveAll("top");
    EXPECT_EQ(status.error_number, EXDEV);
    EXPECT_EQ(status.refusal, Refusal::kMount);
    EXPECT_EQ(tree_.Contents("in/top/file"), "top") << "looks first";
    EXPECT_EQ(tree_.Contents("in/top/place/other"), "other");
    EXPECT_EQ(umount(place.c_str()), 0);
    EXPECT_TRUE(fs_->RemoveAll("top").ok());
    EXPECT_FALSE(tree_.Exists("in/top"));
    return "";
  });
}

// What everybody may read in a procfs depends on where in it a mount begins.
TEST_F(GuardedOperationsTest, APieceOfProcfsKeepsItsMeaningElsewhere) {
  WithMounts([&]() -> std::string {
    std::string error = postern::testing::Mount(
        "/proc/sys/kernel", tree_.Dir("in/kernel"), nullptr, MS_BIND);
    if (error.empty()) {
      error = postern::testing::Mount("/proc/self", tree_.Dir("in/process"),
                                      nullptr, MS_BIND);
    }
    if (!error.empty()) return error;
    Make();
    EXPECT_TRUE(fs_->ReadFile("kernel/ostype", 100).ok());
    EXPECT_TRUE(fs_->ReadFile("process/comm", 100).ok());
    EXPECT_TRUE(fs_->ReadFile("process/environ", 100000).status().denied());
    return "";
  });
}

// The kernel refuses some links that lead to what is granted.
TEST_F(GuardedOperationsTest, LinksThatTheKernelDoesNotFollowLeadNowhere) {
  WithMounts([&]() -> std::string {
    constexpr unsigned long kNoSymFollow = 256;  // MS_NOSYMFOLLOW, Linux 5.10
    const std::string error = postern::testing::Mount(
        "none", tree_.Dir("in/place"), "tmpfs", kNoSymFollow);
    if (!error.empty()) return error;
    tree_.File("in/place/folder/file", "granted");
    tree_.Symlink("folder/file", "in/place/link");
    tree_.Symlink("folder", "in/place/folder_link");
    if (tree_.Contents("in/place/link") == "granted") {
      return "a mount's links cannot be left alone";
    }
    Make();
    EXPECT_TRUE(fs_->ReadFile("place/folder/file", 100).ok());
    for (const FsStatus& status :
         {fs_->ReadFile("place/link", 100).status(),
          fs_->WriteFile("place/link", ""), fs_->Stat("place/link").status(),
          fs_->List("place/folder_link").status(),
          fs_->Mkdir("place/folder_link/made", 0700),
          fs_->Unlink("place/folder_link/file")}) {
      EXPECT_EQ(status.error_number, ELOOP);
      EXPECT_FALSE(status.denied());
    }
    EXPECT_TRUE(fs_->Unlink("place/link").ok()) << "which follows none";
    EXPECT_EQ(tree_.Contents("in/place/folder/file"), "granted");
    return "";
  });
}

TEST_F(GuardedOperationsTest, AMonitorIsAskedOnlyForWhatItKnows) {
  tree_.Symlink("file", "in/link");
  auto made =
      GuardedFs::Create(std::make_shared<SilentMonitor>(
                            Subtrees{{tree_ / "in", kBoth}}, Subtrees()),
                        options_);
  ASSERT_TRUE(made.ok()) << made.status();
  const GuardedFs& fs = **made;
  EXPECT_TRUE(fs.ReadFile("link", 100).ok());
  EXPECT_TRUE(fs.WriteFile("link", "x").ok());
  EXPECT_TRUE(fs.WriteFile("made", "x").ok());
  EXPECT_TRUE(fs.List("sub").ok());
  EXPECT_TRUE(fs.Mkdir("folder", 0700).ok());
  EXPECT_TRUE(fs.Rename("made", "folder/made").ok());
  EXPECT_TRUE(fs.Exchange("file", "folder/made").ok());
  EXPECT_TRUE(fs.Link("file", "other").ok());
  EXPECT_TRUE(fs.Unlink("other").ok());
  EXPECT_TRUE(fs.RemoveAll("folder").ok());
}

// Whatever the name, also one that is denied.
TEST_F(GuardedOperationsTest, ArgumentsThatMeanNothingAreRefused) {
  for (const char* name : {"file", "secret/key", "nothing"}) {
    SCOPED_TRACE(name);
    const std::vector<Act> acts = {
        {"chmod",
         [&](const GuardedFs& f) { return f.Chmod(name, S_IFREG | 0600); }},
        {"mkdir",
         [&](const GuardedFs& f) { return f.Mkdir(name, S_IFDIR | 0700); }},
        {"truncate", [&](const GuardedFs& f) { return f.Truncate(name, -1); }},
        {"access", [&](const GuardedFs& f) { return f.Access(name, 8); }},
        {"watch nothing",
         [&](const GuardedFs& f) { return f.WatchPath(name, 0).status(); }},
        {"set an attribute",
         [&](const GuardedFs& f) { return f.SetXattr(name, "user.x", "", 4); }},
    };
    for (const Act& a : acts) {
      const FsStatus status = a.act(*fs_);
      EXPECT_EQ(status.error_number, EINVAL) << a.why;
      EXPECT_EQ(status.refusal, Refusal::kInvalid) << a.why;
    }
  }
  EXPECT_EQ(tree_.Contents("in/file"), "inside");
}

TEST_F(GuardedOperationsTest, ASocketsEntryHasARoomfulName) {
  if (!GuardedFsParts::KernelOf(*fs_).has_procfs()) GTEST_SKIP() << "no procfs";
  const FileDescriptor first(socket(AF_UNIX, SOCK_STREAM, 0));
  const FileDescriptor second(socket(AF_UNIX, SOCK_STREAM, 0));
  const std::string longest(120, 's');
  EXPECT_EQ(fs_->BindUnix(first.get(), longest).error_number, ENAMETOOLONG);
  EXPECT_FALSE(tree_.Exists("in/" + longest));
  EXPECT_TRUE(fs_->BindUnix(first.get(), "s").ok());
  EXPECT_TRUE(tree_.Exists("in/s"));
  EXPECT_EQ(fs_->BindUnix(second.get(), "s").error_number, EADDRINUSE);
  EXPECT_EQ(fs_->ConnectUnix(second.get(), "s").error_number, ECONNREFUSED);
  ASSERT_EQ(listen(first.get(), 1), 0);
  EXPECT_TRUE(fs_->ConnectUnix(second.get(), "s").ok());
  EXPECT_TRUE(fs_->BindUnix(second.get(), "secret/s").denied());
  EXPECT_EQ(fs_->BindUnix(0x7fffffff, "t").error_number, ENOTSOCK);
}

TEST_F(GuardedOperationsTest, AWatchWithoutADescriptorSaysSo) {
  // A sanitizer that looks at objects for the first time needs descriptors.
  const GuardedFs& guarded = *fs_;
  EXPECT_TRUE(guarded.WatchPath("file", IN_MODIFY).ok());
  const int lowest = open("/", O_PATH);
  ASSERT_GE(lowest, 0);
  close(lowest);
  struct rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  for (int more = 0; more < 8; ++more) {
    struct rlimit few = limit;
    few.rlim_cur = static_cast<rlim_t>(lowest + more);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    const FsStatus status = guarded.WatchPath("file", IN_MODIFY).status();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_TRUE(status.ok() || status.error_number == EMFILE ||
                status.refusal == Refusal::kUnenforceable)
        << more << ": " << status.error_number;
  }
  EXPECT_TRUE(guarded.WatchPath("file", IN_MODIFY).ok());
}

TEST_F(GuardedOperationsTest, AttributesHaveNames) {
  const std::string longest = "user." + std::string(XATTR_LIST_MAX, 'x');
  for (const std::string& name :
       {std::string(), std::string("user.a\0b", 8), longest}) {
    EXPECT_EQ(fs_->GetXattr("file", name).status().error_number, EINVAL);
    EXPECT_EQ(fs_->SetXattr("file", name, "v", 0).error_number, EINVAL);
    EXPECT_EQ(fs_->RemoveXattr("file", name).error_number, EINVAL);
  }
}

TEST_F(GuardedOperationsTest, NamesOnTheirOwnMountAreChanged) {
  options_.no_cross_mount = true;
  Make();
  EXPECT_TRUE(fs_->Mkdir("made", 0700).ok());
  EXPECT_TRUE(fs_->Mknod("made/pipe", S_IFIFO | 0600, 0).ok());
  EXPECT_TRUE(fs_->Symlink("pipe", "made/link").ok());
  EXPECT_TRUE(fs_->Link("file", "made/file").ok());
  EXPECT_TRUE(fs_->Unlink("made/file").ok());
  EXPECT_TRUE(fs_->Rename("file", "made/file").ok());
  EXPECT_TRUE(fs_->Exchange("made/file", "made/pipe").ok());
  EXPECT_TRUE(fs_->RemoveAll("made").ok());
  EXPECT_FALSE(tree_.Exists("in/made"));
  EXPECT_TRUE(fs_->Mkdir("made", 0700).ok());
  EXPECT_TRUE(fs_->Rmdir("made").ok());
}

TEST_F(GuardedOperationsTest, NothingIsMadeOnAnotherMount) {
  struct stat here, shared;
  if (stat(tree_.root().c_str(), &here) != 0 ||
      stat("/dev/shm", &shared) != 0 || here.st_dev == shared.st_dev ||
      access("/dev/shm", W_OK) != 0) {
    GTEST_SKIP() << "no other mount that can be written";
  }
  monitor_ =
      std::make_shared<IdentityMonitor>(Subtrees{{"/", kBoth}}, Subtrees());
  const std::string made =
      "/dev/shm/postern_" + std::to_string(getpid()) + "_made";
  // Relative to the base, which lies elsewhere.
  std::string name = made.substr(1);
  for (char c : options_.base_directory) {
    if (c == '/') name.insert(0, "../");
  }
  const std::vector<Act> acts = {
      {"write", [&](const GuardedFs& f) { return f.WriteFile(name, "x"); }},
      {"mkdir", [&](const GuardedFs& f) { return f.Mkdir(name, 0700); }},
      {"mknod",
       [&](const GuardedFs& f) { return f.Mknod(name, S_IFREG | 0600, 0); }},
      {"symlink", [&](const GuardedFs& f) { return f.Symlink("x", name); }},
  };
  for (const bool stays : {true, false}) {
    options_.no_cross_mount = stays;
    Make();
    for (const Act& a : acts) {
      const FsStatus status = a.act(*fs_);
      EXPECT_EQ(status.refusal == Refusal::kMount, stays) << a.why;
      EXPECT_EQ(lstat(made.c_str(), &shared) == 0, !stays) << a.why;
      remove(made.c_str());
    }
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern
