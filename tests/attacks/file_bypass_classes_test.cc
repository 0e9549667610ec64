// Classes of published bypasses that the guarded operations answer. Each test
// names the ids whose mistake it would repeat.

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/guarded_fs.h"
#include "fs/operation.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "tests/attacks/child.h"
#include "tests/attacks/every_operation.h"
#include "tests/attacks/snapshot.h"
#include "tests/attacks/stage.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace testing {
namespace {

using fs::At;
using fs::Handle;
using fs::OpenIntent;

// CVE-2023-30582, CVE-2023-30583, CVE-2023-32003, CVE-2023-32005,
// CVE-2024-22018, CVE-2026-21715, CVE-2026-106073, CVE-2022-24783,
// CVE-2023-33966: an entry without a check.
TEST(FileBypassClassTest, AnEntryWithoutACheck) {
  const fs::testing::TempTree tree;
  tree.File("file", "contents");
  tree.File("other", "contents");
  tree.Dir("dir/below");
  tree.Symlink("file", "link");
  const auto nothing = std::make_shared<fs::testing::PrefixMonitor>(
      std::vector<fs::testing::PrefixMonitor::Subtree>(),
      std::vector<fs::testing::PrefixMonitor::Subtree>());
  const auto made = fs::GuardedFs::Create(nothing, fs::GuardedFsOptions());
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string other = tree / "other", free = tree / "free";
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Scratch scratch = {other, free, socket};
  std::array<bool, fs::kOperationCount> tried = {};
  for (const Attempt& attempt : EveryAttempt()) {
    tried[static_cast<size_t>(attempt.operation)] = true;
    for (const char* name : {"file", "dir", "link", "missing", "dir/below"}) {
      SCOPED_TRACE(absl::StrCat(attempt.name, " ", name));
      const Snapshot before = TakeSnapshot(tree.root());
      const int descriptors = CountOpenDescriptors();
      const std::string path = tree / name;
      const fs::FsStatus status = attempt.run(**made, path, scratch);
      EXPECT_EQ(status.refusal, fs::Refusal::kMonitor);
      EXPECT_EQ(status.error_number, EACCES);
      EXPECT_EQ(Difference(before, TakeSnapshot(tree.root())), "");
      EXPECT_EQ(CountOpenDescriptors(), descriptors);
    }
  }
  close(socket);
  ASSERT_EQ(fs::OperationTable().size(), tried.size());
  for (const fs::OperationRow& row : fs::OperationTable()) {
    EXPECT_TRUE(tried[static_cast<size_t>(row.operation)])
        << row.name << " is not tried";
    EXPECT_FALSE(row.first.rights.empty()) << row.name;
    EXPECT_EQ(row.second.primitive == fs::Primitive::kNone,
              row.second.rights.empty())
        << row.name;
  }
}

// CVE-2023-30584, CVE-2023-32004, CVE-2023-39332: traversal by another type of
// path. Every type becomes bytes, and bytes are all that is looked at.
TEST(FileBypassClassTest, TraversalByAnotherTypeOfPath) {
  Stage stage(Way::kAsIs, fs::Kernel::Without());
  stage.Start();
  const auto base = stage.fs().ChangeDirectory("sub");
  ASSERT_TRUE(base.ok());
  const char* literal = "../out/file";
  stage.ExpectDenied(literal);
  stage.ExpectDenied(std::string(literal));
  stage.ExpectDenied(absl::string_view(literal));
  stage.ExpectDenied(At("../../out/file", &*base));
  stage.ExpectDenied(At(stage.tree / "out/file", &*base));
  stage.ExpectDenied(std::string("file\0/../../out/file", 20));
  for (const char* name :
       {"%2e%2e/out/file", "..%2fout%2ffile", "file:///etc/passwd",
        "..\\out\\file", "\xc0\xae\xc0\xae/out/file"}) {
    EXPECT_EQ(stage.Read(name), "ENOENT") << "a name like any other: " << name;
  }
}

// CVE-2024-36137, CVE-2025-55132, CVE-2026-21716, CVE-2026-48935,
// CVE-2025-61785, CVE-2025-61786: what was opened for reading let its
// metadata be changed.
TEST(FileBypassClassTest, RightsNotBoundToTheHandle) {
  Stage stage(Way::kAsIs, fs::Kernel::Without());
  stage.Start();
  const struct timespec times[2] = {{1, 0}, {1, 0}};
  auto handle = stage.fs().Open("file", OpenIntent());
  ASSERT_TRUE(handle.ok());
  stage.Remember();
  EXPECT_TRUE(handle->Chmod(0777).denied());
  EXPECT_TRUE(handle->Chown(geteuid(), getegid()).denied());
  EXPECT_TRUE(handle->SetTimes(times).denied());
  EXPECT_TRUE(handle->Truncate(0).denied());
  stage.ExpectNothingChanged();
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  auto writing = stage.fs().Open("file", intent);
  ASSERT_TRUE(writing.ok());
  EXPECT_TRUE(writing->Stat().status().denied());
}

// CVE-2025-55130, CVE-2021-41641: links that were taken by their text.
TEST(FileBypassClassTest, LinksByTheirText) {
  Stage stage(Way::kAsIs, fs::Kernel::Without());
  stage.Start();
  ASSERT_TRUE(stage.fs().Symlink("sub", "a").ok());
  ASSERT_TRUE(stage.fs().Symlink("a/../../out/file", "chain").ok());
  ASSERT_TRUE(stage.fs().Symlink("../out", "dir").ok());
  ASSERT_TRUE(stage.fs().Symlink("dir/file", "two").ok());
  stage.ExpectTargetDenied("chain");
  stage.ExpectTargetDenied("two");
  stage.ExpectDenied("dir/file");
  stage.ExpectDenied("dir/new");
}

// CVE-2026-48617, CVE-2026-58039, CVE-2026-56847, CVE-2024-27931,
// CVE-2025-48935: helpers that made up a name that nobody checked.
TEST(FileBypassClassTest, FilesWrittenByHelpers) {
  Stage stage(Way::kAsIs, fs::Kernel::Without());
  stage.tree.Symlink("../out", "in/dir");
  stage.Start();
  const fs::GuardedFs& fs = stage.fs();
  stage.Remember();
  for (const char* directory :
       {"../out", "dir", "secret", "dir/", "", "/tmp"}) {
    SCOPED_TRACE(directory);
    EXPECT_TRUE(fs.CreateTemp(directory, "x").status().denied());
    EXPECT_TRUE(fs.CreateTempDirectory(directory, "x").status().denied());
  }
  for (const char* prefix : {"../out/x", "/x", "../../out/", "secret/"}) {
    SCOPED_TRACE(prefix);
    EXPECT_TRUE(fs.CreateTemp(".", prefix).status().denied());
    EXPECT_TRUE(fs.CreateTempDirectory(".", prefix).status().denied());
  }
  stage.ExpectNothingChanged();
  // The name that is made is decided, not the directory that was named.
  stage.Deny("in/sub/hidden-*/**");
  stage.Start();
  stage.Remember();
  EXPECT_TRUE(stage.fs().CreateTemp("sub", "hidden-").status().denied());
  stage.ExpectNothingChanged();
  auto made = stage.fs().CreateTemp("sub", "shown-");
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(absl::StartsWith(made->name(), stage.tree / "in/sub/shown-"));
  struct stat st;
  ASSERT_EQ(fstat(made->fd(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, mode_t{0600});
}

// CVE-2024-34346: a special file system gave more than its directory's name
// says.
TEST(FileBypassClassTest, SpecialFileSystems) {
  if (access("/proc/self/environ", F_OK) != 0) {
    GTEST_SKIP() << "nothing at /proc";
  }
  Stage stage(Way::kAsIs, fs::Kernel::Without());
  stage.Allow("/");
  stage.Start();
  for (const char* name : {"/proc/self/mem", "/proc/self/oom_score_adj",
                           "/proc/self/root/etc/hostname", "/dev/mem",
                           "/dev/kmsg", "/dev/stdin", "/dev/tty"}) {
    OpenIntent intent;
    intent.access = OpenIntent::Access::kWrite;
    EXPECT_FALSE(stage.fs().Open(name, intent).ok()) << name;
  }
}

// CVE-2024-27932: a name that ends, or begins, like a granted one.
TEST(FileBypassClassTest, NamesThatEndOrBeginAlike) {
  Stage stage(Way::kAsIs, fs::Kernel::Without());
  for (const char* name :
       {"notin/file", "in2/file", "x/in/file", "in.d/file"}) {
    stage.tree.File(name, "outside");
  }
  stage.Start();
  for (const char* name :
       {"notin/file", "in2/file", "x/in/file", "in.d/file"}) {
    stage.ExpectDenied(stage.tree / name);
  }
}

}  // namespace
}  // namespace testing
}  // namespace postern
