// Attack rows 51 and 54 to 57: what descriptors, locks and mounts of this
// process can be used for.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

using fs::At;
using fs::OpenIntent;
using fs::Right;

// open_tree(2), Linux 5.2.
constexpr int kOpenTree = 428;
constexpr unsigned kOpenTreeClone = 1;

fs::Handle HandleOf(int fd, const std::string& name) {
  return fs::Handle(fs::FileDescriptor(fd), Right::kRead | Right::kWrite, name,
                    fs::Findings(), fs::FileIdentity());
}

void NamelessObjects(Stage* stage) {
  stage->tree.File("in/gone", "gone");
  stage->tree.File("in/gone (deleted)", "decoy");
  stage->tree.Dir("in/empty");
  stage->tree.File("in/empty (deleted)/file", "decoy");
  stage->Allow("/");
  stage->Deny("out");
  stage->Start();
  const int memory = memfd_create("in/file", MFD_CLOEXEC);
  const int temporary =
      open((stage->tree / "in").c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  const int gone = open((stage->tree / "in/gone").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(unlink((stage->tree / "in/gone").c_str()), 0);
  for (const int fd : {memory, temporary, gone}) {
    if (fd < 0) continue;
    for (const char* where : {"/proc/self/fd/", "/dev/fd/"}) {
      const std::string name = absl::StrCat(where, fd);
      SCOPED_TRACE(name);
      stage->Remember();
      EXPECT_FALSE(stage->fs().Open(name, OpenIntent()).ok());
      EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok());
      EXPECT_FALSE(stage->fs().OpenExec(name).ok());
      EXPECT_FALSE(stage->fs().Link(name, "in/linked").ok());
      stage->ExpectNothingChanged();
    }
  }
  EXPECT_EQ(stage->Read("gone"), "ENOENT");
  stage->ExpectGranted("gone (deleted)", "decoy");
  // A directory that is gone is no place to start from, nor is its decoy.
  auto empty = stage->fs().ChangeDirectory("empty");
  ASSERT_TRUE(empty.ok());
  ASSERT_EQ(rmdir((stage->tree / "in/empty").c_str()), 0);
  stage->ExpectDenied(At("file", &*empty));
  stage->ExpectDenied(At("../file", &*empty));
}

// The lock that a process holds on a file, as seen by another.
bool IsLocked(const std::string& name) {
  const pid_t child = fork();
  if (child == 0) {
    const int fd = open(name.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    _exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK
              ? 0
              : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

bool Lock(const std::string& name) {
  const int fd = open(name.c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
}

// Closing any descriptor of a file drops this process's locks on it.
void LocksSurvive(Stage* stage) {
  stage->tree.File("out/shared", "shared");
  stage->tree.HardLink("out/shared", "in/shared");
  stage->tree.HardLink("in/secret/key", "in/alias");
  stage->tree.Symlink("../out/file", "in/link");
  stage->tree.Symlink("../out/dir", "in/dir");
  stage->options.hard_links_reading = fs::HardLinks::kRefuse;
  stage->Start();
  const std::vector<std::string> locked = {
      stage->tree / "out/file", stage->tree / "out/dir/file",
      stage->tree / "in/secret/key", stage->tree / "out/shared"};
  for (const std::string& name : locked) ASSERT_TRUE(Lock(name)) << name;
  const std::vector<std::string> names = {
      "../out/file", "link",  "dir/file",      "secret/key",
      "shared",      "alias", "sub/../shared", stage->tree / "out/file",
  };
  const int before = CountOpenDescriptors();
  int denied = 0;
  for (int i = 0; i < 1000; ++i) {
    OpenIntent intent;
    const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC,
                         O_WRONLY | O_CREAT};
    ASSERT_TRUE(OpenIntent::FromFlags(flags[i % 5], 0600, &intent));
    const std::string& name = names[static_cast<size_t>(i) % names.size()];
    if (stage->fs().Open(name, intent).status().denied()) ++denied;
    static_cast<void>(stage->fs().Truncate(name, 1));
    static_cast<void>(stage->fs().Chmod(name, 0777));
    static_cast<void>(
        stage->fs().Copy(name, "free", fs::GuardedFs::Replace::kNo));
  }
  EXPECT_EQ(denied, 1000);
  EXPECT_LE(CountOpenDescriptors(), before + 1);
  for (const std::string& name : locked) EXPECT_TRUE(IsLocked(name)) << name;
  EXPECT_FALSE(IsLocked(stage->tree / "in/file")) << "nobody locked it";
}

// A directory full of links that claim to be what descriptors lead to.
void MakeLies(Stage* stage) {
  for (int fd = 0; fd < 64; ++fd) {
    stage->tree.Symlink(stage->tree / "in/file", absl::StrCat("lies/", fd));
  }
}

void ExpectRightAnswers(Stage* stage) {
  EXPECT_EQ(stage->Read("file"), "inside");
  for (const char* name : {"out_link", "out_dir/file", "../out/file",
                           "secret/key", "sub/../../out/file"}) {
    EXPECT_EQ(stage->Read(name), "denied") << name;
    EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok()) << name;
  }
}

void AddLinks(Stage* stage) {
  stage->tree.Symlink("../out/file", "in/out_link");
  stage->tree.Symlink("../out", "in/out_dir");
  stage->tree.Symlink("sub", "in/in_link");
}

void MountsOverDescriptors(Stage* stage) {
  AddLinks(stage);
  MakeLies(stage);
  std::string error = EnterMountNamespace();
  if (!error.empty()) return stage->Skip(error);
  if (access("/proc/self/fd", F_OK) != 0) {
    return stage->Skip("nothing at /proc to attack through");
  }
  const std::string self = absl::StrCat("/proc/", getpid());
  stage->Start();
  ExpectRightAnswers(stage);
  int covered = 0;
  for (const std::string& place :
       {self + "/fd", absl::StrCat(self, "/task/", getpid(), "/fd")}) {
    error = Mount(stage->tree / "lies", place, nullptr, MS_BIND);
    if (!error.empty()) continue;
    ++covered;
    stage->Remember();
    ExpectRightAnswers(stage);
    stage->ExpectNothingChanged();
    stage->Start();  // set up when the lie is there already
    stage->Remember();
    ExpectRightAnswers(stage);
    stage->ExpectNothingChanged();
  }
  // All of /proc, to look like one.
  stage->tree.Symlink(stage->tree / "lies", "proc/thread-self/fd");
  stage->tree.Symlink(stage->tree / "lies", "proc/self/fd");
  error = Mount(stage->tree / "proc", "/proc", nullptr, MS_BIND);
  if (error.empty()) {
    ++covered;
    ExpectRightAnswers(stage);
    stage->Start();
    ExpectRightAnswers(stage);
  }
  if (covered == 0) stage->Skip(error);
}

void ForkAndOwnTable(Stage* stage) {
  AddLinks(stage);
  stage->Start();
  ExpectRightAnswers(stage);
  EXPECT_EQ(stage->Read("in_link/deep"), "deep");
  const ChildResult child = RunInChild(
      [&]() -> std::string {
        // Other objects at the numbers that the parent uses.
        for (int fd = 40; fd < 64; ++fd) dup2(STDIN_FILENO, fd);
        ExpectRightAnswers(stage);
        EXPECT_EQ(stage->Read("in_link/deep"), "deep");
        return "";
      },
      30);
  EXPECT_TRUE(child.passed);
  bool unshared = false;
  std::thread([&] {
    unshared = unshare(CLONE_FILES) == 0;
    if (!unshared) return;
    // In the shared table the numbers that come next lead inside.
    for (int fd = 40; fd < 64; ++fd) dup2(STDIN_FILENO, fd);
    for (int i = 0; i < 20; ++i) {
      ExpectRightAnswers(stage);
      EXPECT_EQ(stage->Read("in_link/deep"), "deep");
    }
  }).join();
  ExpectRightAnswers(stage);
  if (!unshared) stage->Skip("no descriptor table of a thread's own");
}

void DetachedMount(Stage* stage) {
  std::string error = EnterMountNamespace();
  if (!error.empty()) return stage->Skip(error);
  const int64_t tree = syscall(kOpenTree, AT_FDCWD, stage->tree.root().c_str(),
                               kOpenTreeClone | O_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return stage->Skip("no open_tree");
  const int fd = static_cast<int>(tree);
  const int inner = openat(fd, "in", O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(inner, 0);
  stage->Allow("/");
  stage->Deny("out");
  stage->Start();
  for (const std::string& name :
       {std::string("/"), stage->tree / "in", stage->tree.root()}) {
    const fs::Handle root = HandleOf(dup(fd), name);
    const fs::Handle in = HandleOf(dup(inner), name);
    stage->ExpectDenied(At("in/secret/key", &root));
    stage->ExpectDenied(At("out/file", &root));
    stage->ExpectDenied(At("secret/key", &in));
    stage->ExpectDenied(At("../out/file", &in));
    stage->ExpectDenied(At("file", &in));
  }
  close(fd);
  close(inner);
}

// Below a root of its own, a process holds a directory of the outside.
void Chrooted(Stage* stage) {
  if (geteuid() != 0 && !EnterMountNamespace().empty()) {
    return stage->Skip("no right to change the root directory");
  }
  const int outside =
      open((stage->tree / "out").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int above =
      open(stage->tree.root().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (chroot((stage->tree / "in").c_str()) != 0 || chdir("/") != 0) {
    return stage->Skip("no right to change the root directory");
  }
  stage->rules.clear();
  stage->Allow("/");
  stage->Deny("/secret");
  stage->options.base_directory = "/";
  stage->Start();
  EXPECT_EQ(stage->Read("/file"), "inside");
  EXPECT_EQ(stage->Read("/secret/key"), "denied");
  for (const char* name : {"/", "/sub", "/out", "/../out"}) {
    for (const int fd : {outside, above}) {
      const fs::Handle base = HandleOf(dup(fd), name);
      for (const char* path : {"file", "out/file", "../out/file", "in/secret",
                               "in/file", "../in/secret/key", "dir/file"}) {
        const std::string got = stage->Read(At(path, &base));
        EXPECT_EQ(got, "denied") << name << " " << path;
        EXPECT_FALSE(stage->fs().WriteFile(At(path, &base), "x").ok());
        EXPECT_FALSE(stage->fs().Unlink(At(path, &base)).ok());
      }
    }
  }
  EXPECT_NE(stage->Read("/../out/file"), "outside");
  struct stat st;
  EXPECT_EQ(fstatat(outside, "file", &st, 0), 0);
  EXPECT_EQ(st.st_size, 7);
  // So that the tree can be removed.
  if (fchdir(above) != 0 || chroot(".") != 0) {
    stage->Skip("no right to change the root directory back");
  }
}

constexpr Row kRows[] = {
    {51, "NamelessObjects", NamelessObjects},
    {54, "LocksSurvive", LocksSurvive},
    {55, "MountsOverDescriptors", MountsOverDescriptors},
    {56, "ForkAndOwnTable", ForkAndOwnTable},
    {57, "DetachedMount", DetachedMount},
    {57, "Chrooted", Chrooted},
};

}  // namespace

absl::Span<const Row> DescriptorRows() { return kRows; }

}  // namespace testing
}  // namespace postern
