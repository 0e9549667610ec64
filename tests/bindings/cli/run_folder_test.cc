// Folders of runs: the living keep theirs, the dead leave none for long.

#include "bindings/cli/run_folder.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

bool IsThere(const std::string& name) {
  return access(name.c_str(), F_OK) == 0;
}

std::unique_ptr<RunFolder> MakeIn(const std::string& parent) {
  auto made = RunFolder::Make(parent, "run-");
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? *std::move(made) : nullptr;
}

// A process that makes a folder, and lives until it is killed.
class Living {
 public:
  explicit Living(const std::string& parent) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const auto folder = MakeIn(parent);
      WriteFile(folder->name() + "/file", "x");
      EXPECT_EQ(symlink("/etc", (folder->name() + "/link").c_str()), 0);
      if (write(ends[1], folder->name().data(), folder->name().size()) < 0) {
        _exit(1);
      }
      for (;;) pause();
    }
    char name[4096];
    const ssize_t size = read(ends[0], name, sizeof(name));
    name_.assign(name, size < 0 ? 0 : static_cast<size_t>(size));
    close(ends[0]);
    close(ends[1]);
  }
  ~Living() { Kill(); }
  void Kill() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  const std::string& name() const { return name_; }

 private:
  pid_t pid_ = -1;
  std::string name_;
};

TEST(RunFolderTest, IsForItsUserAndGoesWithTheRun) {
  const std::string parent = NewFolder();
  auto folder = MakeIn(parent);
  struct stat status;
  ASSERT_EQ(stat(folder->name().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  WriteFile(folder->name() + "/file", "x");
  const std::string name = folder->name();
  folder = nullptr;
  EXPECT_FALSE(IsThere(name));
  EXPECT_FALSE(RunFolder::Make("/no/such/folder", "run-").ok());
}

TEST(RunFolderTest, WhatAKilledRunLeftIsRemovedByTheNext) {
  const std::string parent = NewFolder();
  Living dead(parent), alive(parent);
  ASSERT_TRUE(IsThere(dead.name()));
  dead.Kill();
  EXPECT_TRUE(IsThere(dead.name()));
  const auto next = MakeIn(parent);
  EXPECT_FALSE(IsThere(dead.name()));
  EXPECT_TRUE(IsThere(alive.name() + "/file"));
  EXPECT_TRUE(IsThere(next->name()));
}

TEST(RunFolderTest, WhatIsNoFolderOfARunStays) {
  const std::string parent = NewFolder();
  ASSERT_EQ(mkdir((parent + "/run-longer-name").c_str(), 0700), 0);
  ASSERT_EQ(mkdir((parent + "/else").c_str(), 0700), 0);
  WriteFile(parent + "/else/file", "x");
  ASSERT_EQ(symlink("else", (parent + "/run-abcdef").c_str()), 0);
  WriteFile(parent + "/run-ABCDEF", "x");
  MakeIn(parent);
  for (const char* name :
       {"/run-longer-name", "/else/file", "/run-abcdef", "/run-ABCDEF"}) {
    EXPECT_TRUE(IsThere(parent + name)) << name;
  }
}

TEST(RunFolderTest, ThoseOfOtherUsersStay) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives folders away";
  const std::string parent = NewFolder();
  const std::string name = parent + "/run-abcdef";
  ASSERT_EQ(mkdir(name.c_str(), 0777), 0);
  if (chown(name.c_str(), 65534, 65534) != 0) {
    GTEST_SKIP() << "no folder can be given away here";
  }
  MakeIn(parent);
  EXPECT_TRUE(IsThere(name));
}

// Runs that begin while others look for the dead keep their folders.
TEST(RunFolderTest, NoneIsTakenFromTheLiving) {
  const std::string parent = NewFolder();
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        const auto folder = RunFolder::Make(parent, "run-");
        if (!folder.ok() || !IsThere((*folder)->name())) ++lost;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace cli
}  // namespace postern
