#include "bindings/lua/app_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstdio>
#include <thread>  // NOLINT: a race against the file system

#include "absl/status/status.h"
#include "tests/bindings/lua/guest_runner.h"

namespace postern {
namespace lua {
namespace {

constexpr size_t kLimit = 1000;

absl::StatusCode CodeOf(const AppDirectory& files, absl::string_view name) {
  return files.Read(name, kLimit).status().code();
}

TEST(AppDirectoryTest, ReadsItsFilesOnly) {
  const AppFolder outside;
  outside.Write("secret", "secret");
  const AppFolder folder("main");
  folder.MakeFolder("sub");
  folder.Write("sub/b.lua", "b");
  folder.Write("large", std::string(kLimit + 1, 'x'));
  folder.Write("exact", std::string(kLimit, 'x'));
  ASSERT_EQ(symlink("main.lua", folder.Path("link").c_str()), 0);
  ASSERT_EQ(symlink("sub", folder.Path("dirlink").c_str()), 0);
  ASSERT_EQ(symlink(outside.path().c_str(), folder.Path("out").c_str()), 0);
  ASSERT_EQ(mkfifo(folder.Path("fifo").c_str(), 0600), 0);
  const AppDirectory files = *AppDirectory::Open(folder.path());
  EXPECT_EQ(*files.Read("main.lua", kLimit), "main");
  EXPECT_EQ(*files.Read("sub/b.lua", kLimit), "b");
  EXPECT_EQ(files.Read("exact", kLimit)->size(), kLimit);
  const struct {
    absl::string_view name;
    absl::StatusCode want;
  } kCases[] = {
      {"large", absl::StatusCode::kResourceExhausted},
      {"nothing", absl::StatusCode::kNotFound},
      {"sub/nothing", absl::StatusCode::kNotFound},
      {"nothing/b.lua", absl::StatusCode::kNotFound},
      {"link", absl::StatusCode::kFailedPrecondition},
      {"dirlink/b.lua", absl::StatusCode::kFailedPrecondition},
      {"out/secret", absl::StatusCode::kFailedPrecondition},
      {"sub", absl::StatusCode::kFailedPrecondition},
      {"fifo", absl::StatusCode::kFailedPrecondition},
      {"main.lua/x", absl::StatusCode::kFailedPrecondition},
      {"", absl::StatusCode::kFailedPrecondition},
      {".", absl::StatusCode::kFailedPrecondition},
      {"..", absl::StatusCode::kFailedPrecondition},
      {"../x", absl::StatusCode::kFailedPrecondition},
      {"sub/../main.lua", absl::StatusCode::kFailedPrecondition},
      {"./main.lua", absl::StatusCode::kFailedPrecondition},
      {"/etc/passwd", absl::StatusCode::kFailedPrecondition},
      {"sub//b.lua", absl::StatusCode::kFailedPrecondition},
      {"main.lua/", absl::StatusCode::kFailedPrecondition},
      {absl::string_view("main.lua\0x", 10),
       absl::StatusCode::kFailedPrecondition},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(CodeOf(files, c.name), c.want) << c.name;
  }
}

TEST(AppDirectoryTest, OpensNoDevice) {
  const AppDirectory dev = *AppDirectory::Open("/dev");
  EXPECT_EQ(CodeOf(dev, "null"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(dev, "zero"), absl::StatusCode::kFailedPrecondition);
}

TEST(AppDirectoryTest, MissingDirectoryIsNotFound) {
  EXPECT_EQ(AppDirectory::Open("/nonexistent/x").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(AppDirectory::Open("/etc/passwd").ok());
}

// errno tells of a call that failed, and stays when one succeeds.
TEST(AppDirectoryTest, AnOldErrnoLosesNoBytes) {
  const AppFolder folder("main");
  const AppDirectory files = *AppDirectory::Open(folder.path());
  errno = EINTR;
  EXPECT_EQ(*files.Read("main.lua", kLimit), "main");
}

// A host that has closed its standard input gets 0 for the next file.
TEST(AppDirectoryTest, DescriptorZeroIsAsGoodAsAny) {
  const AppFolder folder("main");
  folder.MakeFolder("sub");
  folder.Write("sub/b.lua", "b");
  const AppDirectory before = *AppDirectory::Open(folder.path());
  const int input = fcntl(0, F_DUPFD_CLOEXEC, 3);
  close(0);
  absl::StatusOr<std::string> read = before.Read("sub/b.lua", kLimit);
  const bool freed = fcntl(0, F_GETFD) < 0;
  absl::StatusOr<std::string> at_zero = absl::UnknownError("not opened");
  {
    const absl::StatusOr<AppDirectory> files =
        AppDirectory::Open(folder.path());
    if (files.ok()) at_zero = files->Read("main.lua", kLimit);
    EXPECT_TRUE(files.ok() && files->fd() == 0);
  }
  const bool closed = fcntl(0, F_GETFD) < 0;
  if (input >= 0) {
    dup2(input, 0);
    close(input);
  }
  EXPECT_EQ(read.value_or("not read"), "b");
  EXPECT_EQ(at_zero.value_or("not read"), "main");
  EXPECT_TRUE(freed);
  EXPECT_TRUE(closed);
}

// A folder that becomes a link to outside, and back, all the time.
TEST(AppDirectoryTest, ALinkNeverWins) {
  const AppFolder outside;
  outside.Write("f", "secret");
  const AppFolder folder;
  folder.MakeFolder("real");
  folder.Write("real/f", "own");
  const std::string at = folder.Path("at");
  std::atomic<bool> stop{false};
  std::thread racer([&] {
    while (!stop) {
      const bool linked = symlink(outside.path().c_str(), at.c_str()) == 0;
      if (linked) unlink(at.c_str());
      rename(folder.Path("real").c_str(), at.c_str());
      rename(at.c_str(), folder.Path("real").c_str());
    }
  });
  const AppDirectory files = *AppDirectory::Open(folder.path());
  int own = 0;
  // On a busy machine the racer may sleep while the folder is away: go on until
  // it has been there.
  for (int i = 0; i < 20000 || (own == 0 && i < 20000000); ++i) {
    const absl::StatusOr<std::string> read = files.Read("at/f", kLimit);
    if (!read.ok()) continue;
    ASSERT_EQ(*read, "own");
    ++own;
  }
  stop = true;
  racer.join();
  EXPECT_GT(own, 0);
}

}  // namespace
}  // namespace lua
}  // namespace postern
