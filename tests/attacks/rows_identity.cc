// Attack rows 108 to 115: objects that are reached by another way than the one
// that was decided, against real files.

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

using fs::OpenIntent;
using fs::Refusal;

OpenIntent NewFile() {
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  intent.create = intent.exclusive = true;
  return intent;
}

dev_t DeviceOf(int fd) {
  struct stat st = {};
  fstat(fd, &st);
  return st.st_dev;
}

// A folder and one where something is mounted change places.
class Swap {
 public:
  explicit Swap(Stage* stage)
      : attacker_([this, stage] {
          while (!done_) (void)stage->fs().Exchange("a", "b");
        }) {}
  ~Swap() {
    done_ = true;
    attacker_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread attacker_;
};

// As it is often done: look at the directory, then create.
bool CreateNaively(const std::string& directory, int i, dev_t wanted) {
  struct stat st;
  if (stat(directory.c_str(), &st) != 0 || st.st_dev != wanted) return false;
  std::this_thread::yield();
  const std::string name = absl::StrCat(directory, "/naive", i);
  const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  const bool won = fd >= 0 && DeviceOf(fd) != wanted;
  if (fd >= 0) close(fd);
  return won;
}

void CreateBesideAMount(Stage* stage) {
  if (stage->way() != Way::kAsIs && stage->way() != Way::kEnosys) {
    return stage->Skip("two ways are enough for a race");
  }
  constexpr int kTries = 4000;
  stage->tree.Dir("in/a/m");
  stage->tree.Dir("in/b/m");
  std::string error = EnterMountNamespace();
  if (error.empty()) {
    error = Mount("none", stage->tree / "in/b/m", "tmpfs", 0);
  }
  if (!error.empty()) return stage->Skip(error);
  stage->options.no_cross_mount = true;
  // The name starts on the tree's own mount.
  stage->Start();
  fs::FsResult<fs::Handle> start = stage->fs().ChangeDirectory("sub");
  ASSERT_TRUE(start.ok());
  struct stat st = {};
  ASSERT_EQ(stat((stage->tree / "in").c_str(), &st), 0);
  int made = 0, won = 0, control = 0;
  {
    const Swap swap(stage);
    for (int i = 0; i < 10 * kTries && control == 0; ++i) {
      control += CreateNaively(stage->tree / "in/a/m", i, st.st_dev);
    }
    for (int i = 0; i < kTries; ++i) {
      const auto handle = stage->fs().Open(
          fs::At(absl::StrCat("../a/m/n", i), &*start), NewFile());
      if (!handle.ok()) continue;
      ++(DeviceOf(handle->fd()) == st.st_dev ? made : won);
    }
  }
  EXPECT_EQ(won, 0);
  EXPECT_GT(made, kTries / 100) << "nobody was there to be raced";
  EXPECT_GT(control, 0) << "the race proves nothing";
}

// What is denied keeps being so where it is mounted once more.
void DeniedByAnotherMount(Stage* stage) {
  stage->tree.File("in/secret/sub/x", "secret");
  stage->tree.File("in/only", "secret");
  stage->tree.File("in/only_again", "");
  stage->tree.Dir("in/again");
  std::string error = EnterMountNamespace();
  if (error.empty()) {
    error = Mount(stage->tree / "in/secret", stage->tree / "in/again", nullptr,
                  MS_BIND);
  }
  if (error.empty()) {
    error = Mount(stage->tree / "in/only", stage->tree / "in/only_again",
                  nullptr, MS_BIND);
  }
  if (!error.empty()) return stage->Skip(error);
  stage->tree.Symlink("again", "in/link");
  stage->tree.File("in/mine", "mine");
  stage->Deny("in/only");
  stage->bind = true;
  stage->options.hard_links_writing = fs::HardLinks::kReport;
  stage->Start();
  for (const char* name :
       {"again", "again/key", "again/new", "again/sub", "again/sub/x",
        "again/sub/new", "link/key", "link/sub/new", "only_again"}) {
    stage->ExpectFailure(name);
  }
  const auto denied = [&](const fs::FsStatus& status) {
    EXPECT_EQ(status.refusal, Refusal::kMonitor);
  };
  stage->Remember();
  denied(stage->fs().List("again").status());
  denied(stage->fs().Unlink("again/key"));
  denied(stage->fs().Rename("mine", "again/key").At(0));
  denied(stage->fs().Mkdir("again/new", 0700));
  denied(stage->fs().Rmdir("again/sub"));
  denied(stage->fs().RemoveAll("again/sub"));
  denied(stage->fs().Open("again/new", NewFile()).status());
  stage->ExpectNothingChanged();
  // What came later has no identity that is known, but its directory has.
  stage->tree.File("in/secret/later", "secret");
  stage->Remember();
  denied(stage->fs().Unlink("again/later"));
  denied(stage->fs().RemoveAll("again/later"));
  stage->ExpectNothingChanged();
  // A tree that holds such a place.
  stage->tree.Dir("in/tree/again");
  ASSERT_EQ(Mount(stage->tree / "in/secret", stage->tree / "in/tree/again",
                  nullptr, MS_BIND),
            "");
  stage->Remember();
  denied(stage->fs().RemoveAll("tree"));
  stage->ExpectNothingChanged();
}

// What is denied and not there yet does not come into being where its directory
// is mounted once more. What nobody granted under the other name is no denial.
void DeniedAndMadeByAnotherMount(Stage* stage) {
  stage->tree.Dir("home/sub");
  stage->tree.Dir("in/again");
  std::string error = EnterMountNamespace();
  if (error.empty()) {
    error =
        Mount(stage->tree / "home", stage->tree / "in/again", nullptr, MS_BIND);
  }
  if (!error.empty()) return stage->Skip(error);
  stage->tree.File("in/mine", "mine");
  stage->tree.File("home/own", "own");
  stage->Deny("home/key");
  stage->Deny("home/*.pem/**");
  stage->Deny("home/**/id/**");
  stage->bind = true;
  stage->options.hard_links_writing = fs::HardLinks::kReport;
  stage->Start();
  const auto denied = [&](const fs::FsStatus& status) {
    EXPECT_EQ(status.refusal, Refusal::kMonitor);
  };
  stage->Remember();
  for (const std::string name :
       {"again/key", "again/a.pem", "again/id", "again/sub/id"}) {
    SCOPED_TRACE(name);
    denied(stage->fs().Open(name, NewFile()).status());
    denied(stage->fs().Mkdir(name, 0700));
    denied(stage->fs().Symlink("/etc", name));
    denied(stage->fs().Rename("mine", name).At(0));
    denied(stage->fs().Rename("again/own", name).At(0));
    denied(stage->fs().Link("again/own", name));
  }
  stage->ExpectNothingChanged();
  for (const char* name : {"again/new", "again/keys", "again/sub/new"}) {
    EXPECT_TRUE(stage->fs().Open(name, NewFile()).ok()) << name;
  }
  // What came later is denied before anything beside it is removed.
  for (int i = 0; i < 20; ++i) {
    stage->tree.File(absl::StrCat("home/sub/", i), "mine");
  }
  stage->tree.File("home/sub/id", "secret");
  stage->Remember();
  denied(stage->fs().RemoveAll("again/sub"));
  stage->ExpectNothingChanged();
}

// The last name of a denied file that has another one.
void DeniedByAnotherLink(Stage* stage) {
  stage->tree.HardLink("in/secret/key", "in/alias");
  stage->tree.Dir("in/tree");
  stage->tree.HardLink("in/secret/key", "in/tree/alias");
  stage->tree.File("in/mine", "mine");
  stage->bind = true;
  stage->options.hard_links_writing = fs::HardLinks::kReport;
  stage->Start();
  stage->ExpectFailure("alias");
  stage->Remember();
  EXPECT_TRUE(stage->fs().Unlink("alias").denied());
  EXPECT_TRUE(stage->fs().Rename("mine", "alias").denied());
  EXPECT_TRUE(stage->fs().Exchange("mine", "alias").denied());
  EXPECT_TRUE(stage->fs().RemoveAll("tree").denied());
  stage->ExpectNothingChanged();
}

// Who waits at a denied fifo goes on waiting, although every kind may be
// opened.
void FifoByAnotherLink(Stage* stage) {
  const std::string fifo = stage->tree / "in/secret/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  stage->tree.HardLink("in/secret/fifo", "in/alias");
  stage->bind = true;
  stage->options.kinds = fs::Kinds::Any();
  stage->Start();
  const pid_t writer = fork();
  if (writer == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(open(fifo.c_str(), O_WRONLY) >= 0 ? 0 : 1);
  }
  usleep(50000);  // in open(2) by now, most likely
  EXPECT_EQ(stage->fs().Open("alias", OpenIntent()).status().refusal,
            Refusal::kMonitor);
  usleep(10000);
  EXPECT_EQ(waitpid(writer, nullptr, WNOHANG), 0) << "it was woken";
  kill(writer, SIGKILL);
  waitpid(writer, nullptr, 0);
}

void ReadingProcfs(Stage* stage) {
  if (access("/proc/self/stat", F_OK) != 0) {
    return stage->Skip("nothing at /proc to attack through");
  }
  std::atomic<int> thread{0};
  std::atomic<bool> done{false};
  std::thread other([&] {
    thread = static_cast<int>(syscall(SYS_gettid));
    while (!done) usleep(1000);
  });
  while (thread == 0) std::this_thread::yield();
  const std::string process = absl::StrCat("/proc/", getpid());
  const std::string task = absl::StrCat(process, "/task/", thread.load());
  const std::string alias = absl::StrCat("/proc/", thread.load());
  stage->Allow("/");
  for (const fs::Kinds kinds :
       {fs::Kinds::RegularAndDirectory(), fs::Kinds::Any()}) {
    stage->options.kinds = kinds;
    stage->Start();
    for (const std::string& place : {process, task, alias}) {
      SCOPED_TRACE(place);
      for (const char* file : {"mem", "environ", "maps", "auxv", "cmdline"}) {
        const auto handle =
            stage->fs().Open(absl::StrCat(place, "/", file), OpenIntent());
        EXPECT_EQ(handle.status().refusal, Refusal::kMonitor) << file;
      }
      EXPECT_TRUE(stage->fs().List(place + "/fd").status().denied());
      EXPECT_TRUE(stage->fs().Readlink(place + "/fd/0").status().denied());
      EXPECT_TRUE(stage->fs().Readlink(place + "/exe").status().denied());
      EXPECT_TRUE(stage->fs().Open(place + "/status", OpenIntent()).ok());
    }
    EXPECT_TRUE(
        stage->fs().Open("/proc/self/environ", OpenIntent()).status().denied());
    EXPECT_TRUE(stage->fs().Open("/proc/meminfo", OpenIntent()).ok());
  }
  // Who names it means it.
  stage->Allow("/proc");
  stage->Start();
  EXPECT_TRUE(stage->fs().Open(process + "/environ", OpenIntent()).ok());
  done = true;
  other.join();
}

// Nobody can tell by a link in a concealed folder what is there.
void ConcealedLinks(Stage* stage) {
  stage->tree.Symlink("/usr/share", "in/secret/away");
  stage->tree.Symlink("../file", "in/secret/granted");
  stage->tree.Symlink("nowhere", "in/secret/dangling");
  stage->tree.Symlink("secret", "in/link");
  stage->conceal = true;
  stage->Start();
  for (const char* folder : {"secret/", "link/", "sub/../secret/"}) {
    for (const char* name :
         {"away", "granted", "dangling", "missing", "key", "away/x"}) {
      SCOPED_TRACE(absl::StrCat(folder, name));
      const std::string path = absl::StrCat(folder, name);
      for (const fs::FsStatus& status :
           {stage->fs().Open(path, OpenIntent()).status(),
            stage->fs().Stat(path).status(), stage->fs().Lstat(path).status(),
            stage->fs().WriteFile(path, ""),
            stage->fs().Mkdir(path + "/x", 0700)}) {
        EXPECT_EQ(status.error_number, ENOENT);
        EXPECT_EQ(status.refusal, Refusal::kMonitor);
      }
    }
  }
}

void InodesUsedAgain(Stage* stage) {
  stage->bind = true;
  stage->Start();
  struct stat gone = {}, made = {};
  ASSERT_EQ(stat((stage->tree / "in/secret/key").c_str(), &gone), 0);
  ASSERT_EQ(unlink((stage->tree / "in/secret/key").c_str()), 0);
  for (int i = 0; i < 50; ++i) {
    const std::string name = absl::StrCat("new", i);
    EXPECT_TRUE(stage->fs().WriteFile(name, "mine").ok());
    ASSERT_EQ(stat((stage->tree / "in/").append(name).c_str(), &made), 0);
    EXPECT_EQ(stage->Read(name), "mine") << made.st_ino << " " << gone.st_ino;
  }
}

void DeviceNumbersUsedAgain(Stage* stage) {
  stage->tree.Dir("in/p");
  const std::string place = stage->tree / "in/p";
  std::string error = EnterMountNamespace();
  if (error.empty()) error = Mount("none", place, "tmpfs", 0);
  if (!error.empty()) return stage->Skip(error);
  struct stat before = {}, after = {};
  ASSERT_EQ(stat(place.c_str(), &before), 0);
  stage->Start();
  ASSERT_EQ(umount(place.c_str()), 0);
  error = Mount("proc", place, "proc", 0);
  if (!error.empty()) return stage->Skip(error);
  ASSERT_EQ(stat(place.c_str(), &after), 0);
  OpenIntent writing;
  writing.access = OpenIntent::Access::kWrite;
  for (const char* name : {"p/self/mem", "p/self/oom_score_adj"}) {
    EXPECT_FALSE(stage->fs().Open(name, writing).ok())
        << name << " on device " << after.st_dev << ", once a tmpfs on "
        << before.st_dev;
  }
}

// A mount that is younger than the table of mounts.
void YoungerProcfs(Stage* stage) {
  stage->tree.Dir("in/p");
  const std::string place = stage->tree / "in/p";
  std::string error = EnterMountNamespace();
  if (!error.empty()) return stage->Skip(error);
  stage->Start();
  error = Mount("proc", place, "proc", 0);
  if (!error.empty()) return stage->Skip(error);
  const std::string process = absl::StrCat("p/", getpid());
  EXPECT_TRUE(stage->fs().List(process).ok());
  EXPECT_TRUE(stage->fs().List(process + "/fd").status().denied());
  EXPECT_TRUE(stage->fs().Readlink(process + "/exe").status().denied());
  EXPECT_TRUE(stage->fs().Readlink(process + "/fd/0").status().denied());
  OpenIntent intent;
  intent.special_files = true;
  for (const char* file : {"/mem", "/environ"}) {
    EXPECT_TRUE(stage->fs().Open(process + file, intent).status().denied());
  }
}

constexpr Row kRows[] = {
    {108, "CreateBesideAMount", CreateBesideAMount},
    {109, "DeniedByAnotherMount", DeniedByAnotherMount},
    {109, "DeniedAndMadeByAnotherMount", DeniedAndMadeByAnotherMount},
    {109, "DeniedByAnotherLink", DeniedByAnotherLink},
    {109, "FifoByAnotherLink", FifoByAnotherLink},
    {111, "ReadingProcfs", ReadingProcfs},
    {113, "ConcealedLinks", ConcealedLinks},
    {114, "InodesUsedAgain", InodesUsedAgain},
    {115, "DeviceNumbersUsedAgain", DeviceNumbersUsedAgain},
    {115, "YoungerProcfs", YoungerProcfs},
};

}  // namespace

absl::Span<const Row> IdentityRows() { return kRows; }

}  // namespace testing
}  // namespace postern
