#include "fs/guarded_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs_parts.h"
#include "gtest/gtest.h"
#include "tests/fs/guarded_fs_fixture.h"
#include "tests/fs/prefix_monitor.h"

namespace postern {
namespace fs {
namespace {

using testing::EveryWay;
using testing::GuardedFsTest;
using testing::kBoth;
using testing::PrefixMonitor;
using testing::WayName;

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
      {"sub/deep/../../file", "ENOTDIR", "a step back from a file"},
      {"sub_link/../file", "inside", "a step back from a link"},
      {"nowhere/../file", "ENOENT", "a step back from nothing"},
      {"secret/../file", "inside", "a step back from what is denied"},
      {"sub/../secret/key", "denied", "a step back to what is denied"},
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
  if (GuardedFsParts::KernelOf(*fs_).has_procfs()) {
    EXPECT_EQ(Read(At("deep", &*sub)), "deep");
  } else {
    EXPECT_EQ(Read(At("deep", &*sub)), "denied");
  }
}

// An entry is asked for in a directory that turns out to be a file.
TEST_P(GuardedFsTest, NothingLiesBelowAFileThatALinkLeadsTo) {
  tree_.Symlink("abs_link", "in/far_link");
  for (const char* name : {"abs_link/x", "far_link/x", "sub_link/deep/x"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(Read(name), "ENOTDIR");
    for (const FsStatus& status :
         {fs_->Mkdir(name, 0700), fs_->Mknod(name, S_IFREG | 0600, 0),
          fs_->Symlink("a", name), fs_->Unlink(name), fs_->Rmdir(name),
          fs_->RemoveAll(name), fs_->WriteFile(name, ""),
          fs_->Rename(name, "y"), fs_->Rename("file", name),
          fs_->Link("file", name), fs_->Exchange("file", name)}) {
      EXPECT_EQ(status.error_number, ENOTDIR);
      EXPECT_FALSE(status.denied());
    }
  }
}

// Refusals that depend on what is asked, for every operation that can ask it.
TEST_P(GuardedFsTest, PrivilegesAreRefusedByName) {
  struct Case {
    const char* why;
    std::function<FsStatus(const GuardedFs&)> act;
  };
  std::vector<Case> cases;
  for (const mode_t mode : {mode_t{04755}, mode_t{02755}, mode_t{06000}}) {
    cases.push_back({"chmod", [mode](const GuardedFs& f) {
                       return f.Chmod("file", mode);
                     }});
    cases.push_back({"mkdir", [mode](const GuardedFs& f) {
                       return f.Mkdir("made", mode);
                     }});
    cases.push_back({"mknod", [mode](const GuardedFs& f) {
                       return f.Mknod("made", S_IFREG | mode, 0);
                     }});
    cases.push_back({"create", [mode](const GuardedFs& f) {
                       OpenIntent intent;
                       intent.access = OpenIntent::Access::kWrite;
                       intent.create = true;
                       intent.mode = mode;
                       return f.Open("made", intent).status();
                     }});
    cases.push_back({"write", [mode](const GuardedFs& f) {
                       return f.WriteFile("made", "", mode);
                     }});
    cases.push_back({"chmod a handle", [mode](const GuardedFs& f) {
                       OpenIntent intent;
                       intent.access = OpenIntent::Access::kReadWrite;
                       const auto handle = f.Open("file", intent);
                       EXPECT_TRUE(handle.ok());
                       return handle.ok() ? handle->Chmod(mode) : FsStatus();
                     }});
  }
  for (const char* name :
       {"security.capability", "security.x", "trusted.x",
        "system.posix_acl_access", "system.posix_acl_default"}) {
    cases.push_back({"set an attribute", [name](const GuardedFs& f) {
                       return f.SetXattr("file", name, "x", 0);
                     }});
    cases.push_back({"remove one", [name](const GuardedFs& f) {
                       return f.RemoveXattr("file", name);
                     }});
  }
  struct stat before, after;
  ASSERT_EQ(stat((tree_ / "in/file").c_str(), &before), 0);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const FsStatus status = c.act(*fs_);
    EXPECT_EQ(status.refusal, Refusal::kAttribute);
    EXPECT_EQ(status.error_number, EPERM);
    EXPECT_FALSE(tree_.Exists("in/made"));
  }
  ASSERT_EQ(stat((tree_ / "in/file").c_str(), &after), 0);
  EXPECT_EQ(after.st_mode, before.st_mode);
  // Who was given them gets the kernel's own answer.
  options_.privileged_attributes = true;
  Make();
  EXPECT_FALSE(fs_->SetXattr("file", "security.x", "x", 0).refusal ==
               Refusal::kAttribute);
  EXPECT_TRUE(fs_->Mknod("made", S_IFREG | 02755, 0).ok());
  EXPECT_TRUE(fs_->Chmod("file", 02755).ok());
}

TEST_P(GuardedFsTest, NamesThatStayAreNeitherRemovedNorReplaced) {
  struct Case {
    const char* why;
    std::function<FsStatus(const GuardedFs&)> act;
  };
  const Case cases[] = {
      {"remove", [](const GuardedFs& f) { return f.Unlink("sub/deep"); }},
      {"remove all",
       [](const GuardedFs& f) { return f.RemoveAll("sub/deep"); }},
      {"with its folder",
       [](const GuardedFs& f) { return f.RemoveAll("sub"); }},
      {"one further up", [](const GuardedFs& f) { return f.RemoveAll("top"); }},
      {"move", [](const GuardedFs& f) { return f.Rename("sub/deep", "x"); }},
      {"replace",
       [](const GuardedFs& f) { return f.Rename("file", "sub/deep"); }},
      {"move its folder",
       [](const GuardedFs& f) { return f.Rename("sub", "x"); }},
      {"exchange",
       [](const GuardedFs& f) { return f.Exchange("sub/deep", "file"); }},
      {"exchange, second",
       [](const GuardedFs& f) { return f.Exchange("file", "sub/deep"); }},
  };
  tree_.File("in/top/folder/fixed", "deep");
  monitor_->fixed = {tree_ / "in/sub/deep", tree_ / "in/top/folder/fixed"};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_TRUE(c.act(*fs_).denied());
    EXPECT_EQ(tree_.Contents("in/sub/deep"), "deep");
    EXPECT_EQ(tree_.Contents("in/top/folder/fixed"), "deep");
  }
}

// The host may come to need a name while a removal is on its way.
TEST_P(GuardedFsTest, NamesThatStayAreLookedAtWhenTheirTurnComes) {
  monitor_->acts = true;
  monitor_->on_enforce = [&](absl::string_view path) {
    if (path == tree_ / "in/sub/deep")
      monitor_->fixed = {tree_ / "in/sub/deep"};
  };
  EXPECT_TRUE(fs_->RemoveAll("sub").denied());
  EXPECT_EQ(tree_.Contents("in/sub/deep"), "deep");
}

// A rule with one use is spent by one operation.
TEST_P(GuardedFsTest, EachNameIsEnforcedOnce) {
  struct Case {
    const char* why;
    std::vector<const char*> names;  // below "in"
    std::function<FsStatus(const GuardedFs&)> act;
  };
  tree_.Dir("in/empty");
  tree_.Dir("in/folder");
  tree_.File("in/copy", "old");
  const Case cases[] = {
      {"read",
       {"file"},
       [](const GuardedFs& f) { return f.ReadFile("file", 99).status(); }},
      {"write",
       {"file"},
       [](const GuardedFs& f) { return f.WriteFile("file", "x"); }},
      {"create",
       {"made"},
       [](const GuardedFs& f) { return f.WriteFile("made", "x"); }},
      {"copy",
       {"file", "copy2"},
       [](const GuardedFs& f) {
         return f.Copy("file", "copy2", GuardedFs::Replace::kNo);
       }},
      {"copy over",
       {"file", "copy"},
       [](const GuardedFs& f) {
         return f.Copy("file", "copy", GuardedFs::Replace::kYes);
       }},
      {"copy to a new one",
       {"file", "copy3"},
       [](const GuardedFs& f) {
         return f.Copy("file", "copy3", GuardedFs::Replace::kYes);
       }},
      {"rename",
       {"made", "moved"},
       [](const GuardedFs& f) { return f.Rename("made", "moved"); }},
      {"link",
       {"moved", "linked"},
       [](const GuardedFs& f) { return f.Link("moved", "linked"); }},
      {"unlink",
       {"linked"},
       [](const GuardedFs& f) { return f.Unlink("linked"); }},
      {"rmdir",
       {"folder"},
       [](const GuardedFs& f) { return f.Rmdir("folder"); }},
      {"remove all of a file",
       {"moved"},
       [](const GuardedFs& f) { return f.RemoveAll("moved"); }},
      {"remove all of a folder",
       {"empty"},
       [](const GuardedFs& f) { return f.RemoveAll("empty"); }},
  };
  monitor_->acts = true;
  std::vector<std::string> enforced;
  monitor_->on_enforce = [&](absl::string_view path) {
    enforced.emplace_back(path);
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    enforced.clear();
    std::vector<std::string> wanted;
    for (const char* name : c.names) {
      wanted.push_back(tree_ / "in/" + name);
    }
    EXPECT_TRUE(c.act(*fs_).ok());
    EXPECT_EQ(enforced, wanted);
  }
  EXPECT_EQ(tree_.Contents("in/copy"), "x");
}

// Relative names and those that pass links, for records.
TEST_P(GuardedFsTest, TheMonitorHearsWhatTheGuestSaid) {
  monitor_->acts = true;
  const std::string absolute = tree_ / "in/sub_link/deep";
  for (const std::string& name :
       {std::string("file"), std::string("./sub//deep"), absolute,
        std::string("sub_link/deep"), std::string("sub_link/../file"),
        std::string("out_link"), std::string("out_dir/file"),
        std::string("dangling"), std::string("loop"),
        std::string("sub_link/nothing")}) {
    monitor_->asked.clear();
    static_cast<void>(fs_->ReadFile(name, 99));
    EXPECT_EQ(monitor_->asked, std::vector<std::string>{name});
  }
  monitor_->asked.clear();
  EXPECT_TRUE(fs_->WriteFile("sub_link/a", "").ok());
  EXPECT_TRUE(fs_->Rename("sub_link/a", "sub_link/b").ok());
  EXPECT_TRUE(fs_->Mkdir("sub_link/../made/", 0700).ok());
  EXPECT_EQ(monitor_->asked,
            (std::vector<std::string>{"sub_link/a", "sub_link/a", "sub_link/b",
                                      "sub_link/../made/"}));
  // What lies beneath was not named.
  tree_.File("in/sub/folder/f", "");
  monitor_->asked.clear();
  EXPECT_TRUE(fs_->RemoveAll("sub_link/folder").ok());
  EXPECT_EQ(
      monitor_->asked,
      (std::vector<std::string>{"sub_link/folder", tree_ / "in/sub/folder/f"}));
}

// A copy that fails removes what it made, and nothing else.
TEST_P(GuardedFsTest, ACopyRemovesOnlyWhatItMade) {
  const FsStatus status = fs_->Copy("sub", "file", GuardedFs::Replace::kYes);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(tree_.Contents("in/file"), "inside");
  EXPECT_FALSE(fs_->Copy("file", "file", GuardedFs::Replace::kYes).ok());
  EXPECT_EQ(tree_.Contents("in/file"), "inside");
  // Writing fails halfway.
  tree_.File("in/old", "old");
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit low = before;
  low.rlim_cur = 2;
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const FsStatus over = fs_->Copy("file", "old", GuardedFs::Replace::kYes);
  const FsStatus made = fs_->Copy("file", "new", GuardedFs::Replace::kYes);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(over.error_number, EFBIG);
  EXPECT_EQ(made.error_number, EFBIG);
  EXPECT_TRUE(tree_.Exists("in/old"));
  EXPECT_FALSE(tree_.Exists("in/new"));
}

// What a link in a concealed folder leads to tells nobody that it is there.
TEST_P(GuardedFsTest, ConcealedLinksLeadNowhere) {
  tree_.Symlink("../../out", "in/secret/away");
  tree_.Symlink("../file", "in/secret/granted");
  tree_.Symlink("nowhere", "in/secret/dangling");
  EXPECT_EQ(Read("secret/granted"), "inside") << "the target decides";
  monitor_->conceal = true;
  for (const char* folder : {"secret", "secret_link", "../in/sub/../secret"}) {
    for (const char* name : {"away", "granted", "dangling", "missing", "key"}) {
      const std::string path = std::string(folder) + "/" + name;
      SCOPED_TRACE(path);
      for (const FsStatus& status :
           {fs_->Open(path, OpenIntent()).status(), fs_->Stat(path).status(),
            fs_->Lstat(path).status(), fs_->WriteFile(path, ""),
            fs_->Unlink(path), fs_->Mkdir(path + "/x", 0700)}) {
        EXPECT_EQ(status.error_number, ENOENT);
        EXPECT_EQ(status.refusal, Refusal::kMonitor);
      }
    }
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

TEST_P(GuardedFsTest, ARecordedRemoveAllLooksBeforeItRemoves) {
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

// Around the size of what is read at a time, and of several.
TEST_P(GuardedFsTest, ReadFileIsWholeAtEverySize) {
  for (const size_t size : {0u, 1u, 16383u, 16384u, 16385u, 32768u, 100000u}) {
    std::string text;
    while (text.size() < size) text += std::to_string(text.size()) + ",";
    text.resize(size);
    ASSERT_TRUE(fs_->WriteFile("file", text).ok());
    const auto all = fs_->ReadFile("file", size);
    ASSERT_TRUE(all.ok()) << size;
    EXPECT_TRUE(*all == text) << size;
    EXPECT_TRUE(*fs_->ReadFile("file", SIZE_MAX) == text) << size;
    if (size == 0) continue;
    EXPECT_EQ(fs_->ReadFile("file", size - 1).status().error_number, EFBIG);
  }
}

// Without this the other ways would be tested twice and this one never.
TEST_P(GuardedFsTest, UsesOpenat2WhereTheKernelHasIt) {
  struct open_how how = {};
  how.flags = O_PATH;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const FileDescriptor fd(
      static_cast<int>(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how))));
  EXPECT_EQ(GuardedFsParts::KernelOf(*fs_).has_openat2(),
            fd.valid() && !GetParam().openat2);
}

INSTANTIATE_TEST_SUITE_P(Ways, GuardedFsTest, EveryWay(), WayName);

}  // namespace
}  // namespace fs
}  // namespace postern
