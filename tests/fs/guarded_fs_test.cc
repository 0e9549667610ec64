#include "fs/guarded_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fs/fork_mutex.h"
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
TEST_P(GuardedFsTest, AFileThatIsSwappedAfterItWasJudgedIsJudgedAgain) {
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

// Of an entry in a directory that turns out to be a file.
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

// Also if the host came to need it only meanwhile.
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

// All descriptors that this process may have, but for some.
class FewDescriptors {
 public:
  FewDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    struct rlimit low = before_;
    low.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &low);
  }
  ~FewDescriptors() {
    LeaveAll();
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  void Leave(size_t count) {
    for (;;) {
      FileDescriptor fd(open("/", O_PATH | O_CLOEXEC));
      if (!fd.valid()) break;
      held_.push_back(std::move(fd));
    }
    held_.resize(held_.size() - count);
  }
  void LeaveAll() { held_.clear(); }

 private:
  struct rlimit before_;
  std::vector<FileDescriptor> held_;
};

// Makes folders below one so deep that their names are too long, with a file
// "exists" in the last; the first half of the way.
std::string MakeTooDeep(const std::string& below) {
  const std::string step(250, 'd');
  std::string half = step;
  FileDescriptor at(open(below.c_str(), O_PATH | O_CLOEXEC));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(mkdirat(at.get(), step.c_str(), 0700), 0);
    at = FileDescriptor(openat(at.get(), step.c_str(), O_PATH | O_CLOEXEC));
    if (i < 9) half += "/" + step;
  }
  FileDescriptor(openat(at.get(), "exists", O_CREAT | O_WRONLY, 0600));
  return half;
}

// A guest that uses up descriptors does not learn what is there.
TEST_P(GuardedFsTest, DenialsAreTheSameWithFewDescriptors) {
  tree_.File("in/secret/aa/bb/exists", "secret");
  tree_.Symlink("aa/bb", "in/secret/link");
  tree_.Symlink("secret/aa/bb/exists", "in/to_exists");
  tree_.Symlink("secret/aa/bb/missing", "in/to_missing");
  tree_.Symlink("secret/aa/missing/x", "in/to_far_missing");
  tree_.Symlink("secret/aa/bb", "in/to_folder");
  struct Case {
    const char* exists;
    const char* folder;
    std::vector<const char*> missing;
  };
  const Case kCases[] = {
      {"to_exists", "to_folder", {"to_missing", "to_far_missing"}},
      {"secret/aa/bb/exists",
       "secret/aa/bb",
       {"secret/aa/bb/missing", "secret/missing/x", "secret/link/exists",
        "secret/link/missing"}},
      {"to_folder/../bb/exists",
       "to_folder/../bb",
       {"to_folder/../missing", "to_far_missing/../x"}}};
  // Without openat2 a walk takes a second one.
  const size_t enough = fs_->kernel().has_openat2() ? 1 : 2;
  for (const bool conceal : {false, true}) {
    monitor_->conceal = conceal;
    FewDescriptors few;
    for (size_t count = 0; count < 8; ++count) {
      for (const Case& c : kCases) {
        SCOPED_TRACE(std::to_string(count) + " are left: " + c.exists);
        few.Leave(count);
        const FsStatus exists = fs_->Open(c.exists, OpenIntent()).status();
        const FsStatus entry = fs_->Mkdir(std::string(c.folder) + "/x", 0700);
        for (const char* name : c.missing) {
          const FsStatus status = fs_->Open(name, OpenIntent()).status();
          EXPECT_EQ(status.error_number, exists.error_number) << name;
          EXPECT_EQ(status.refusal, exists.refusal) << name;
          const FsStatus made = fs_->Mkdir(std::string(name) + "/x", 0700);
          EXPECT_EQ(made.error_number, entry.error_number) << name;
          EXPECT_EQ(made.refusal, entry.refusal) << name;
        }
        EXPECT_EQ(exists.refusal == Refusal::kMonitor, count >= enough);
        EXPECT_EQ(exists.error_number == EMFILE, count < enough);
        few.LeaveAll();
      }
    }
  }
}

// The same where procfs cannot say the canonical name, which is too long.
TEST_P(GuardedFsTest, LongDenialsAreTheSameWithFewDescriptors) {
  const std::string half = MakeTooDeep(tree_ / "in/secret");
  tree_.Symlink("secret/" + half, "in/to_half");
  const std::string folder = "to_half/" + half;
  const auto open = [&](const std::string& name) {
    return fs_->Open(name, OpenIntent()).status();
  };
  const FsStatus all = open(folder + "/exists");
  EXPECT_EQ(open(folder + "/missing").error_number, all.error_number);
  const size_t enough = fs_->kernel().has_openat2() ? 1 : 2;
  FewDescriptors few;
  for (size_t count = 0; count < 8; ++count) {
    SCOPED_TRACE(std::to_string(count) + " are left");
    few.Leave(count);
    const FsStatus exists = open(folder + "/exists");
    const FsStatus missing = open(folder + "/missing");
    EXPECT_EQ(missing.error_number, exists.error_number);
    EXPECT_EQ(missing.refusal, exists.refusal);
    EXPECT_EQ(exists.error_number, count < enough ? EMFILE : all.error_number);
    few.LeaveAll();
  }
}

// What is not found out for want of descriptors is not taken as missing.
TEST_P(GuardedFsTest, IsNotMadeWithTooFewDescriptors) {
  const GuardedFs& whole = *fs_;
  int failed = 0;
  for (size_t count = 0; count < 8; ++count) {
    FewDescriptors few;
    few.Leave(count);
    const auto made = GuardedFs::Create(monitor_, options_, GetParam());
    const auto kernel = Kernel::Probe(GetParam());
    few.LeaveAll();
    if (kernel.ok()) {
      EXPECT_EQ((*kernel)->has_openat2(), whole.kernel().has_openat2());
      EXPECT_EQ((*kernel)->has_procfs(), whole.kernel().has_procfs());
    }
    if (!made.ok()) {
      ++failed;
      continue;
    }
    EXPECT_EQ((*made)->kernel().has_openat2(), whole.kernel().has_openat2());
    EXPECT_EQ((*made)->kernel().has_procfs(), whole.kernel().has_procfs());
  }
  EXPECT_GT(failed, 0);
  EXPECT_LT(failed, 8);
}

// A child has a copy of a lock that another thread held, and no such thread.
TEST_P(GuardedFsTest, AChildDoesNotWaitForItsParentsThreads) {
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
TEST_P(GuardedFsTest, WhatAGuestPutsAtAKnownNameIsLookedAt) {
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
TEST_P(GuardedFsTest, WhatOthersPutAtAKnownNameIsLookedAtOnRequest) {
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
TEST_P(GuardedFsTest, WhatFailsToOpenAtAKnownNameIsLookedAt) {
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

// Of what is proposed it was seen just now what it is.
TEST_P(GuardedFsTest, WhatIsKnownByAProposalIsNotOpened) {
  if (HasNoDevices(tree_.root())) GTEST_SKIP() << "no devices, no looks";
  if (!fs_->kernel().has_procfs() || !fs_->kernel().has_openat2()) {
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
TEST_P(GuardedFsTest, OnRequestNoMoveOfAFolderOpensAFifo) {
  if (!fs_->kernel().has_procfs()) GTEST_SKIP() << "no procfs to open through";
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
TEST_P(GuardedFsTest, AFolderThatWasALinkIsOpened) {
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

// Moved away and back before anybody reads: what happened meanwhile happened
// under another name.
TEST_P(GuardedFsTest, AWatchForgetsNamesAlsoIfItsFolderComesBack) {
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
