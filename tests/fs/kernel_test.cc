#include "fs/kernel.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace {

std::unique_ptr<const Kernel> Probe(Kernel::Without without) {
  absl::StatusOr<std::unique_ptr<const Kernel>> kernel = Kernel::Probe(without);
  return kernel.ok() ? *std::move(kernel) : nullptr;
}

// "file", "dir/sub/deep", and links to both.
class KernelTest : public ::testing::Test {
 protected:
  KernelTest() {
    tree_.File("file", "");
    tree_.File("dir/sub/deep", "");
    tree_.Symlink("file", "link");
    tree_.Symlink("dir", "dir_link");
    tree_.Symlink("missing", "dangling");
    steps_ = Probe({/*openat2=*/true, /*procfs=*/false});
    fast_ = Probe(Kernel::Without());
  }

  // What opening gives: the name of an errno, or the inode.
  static std::string Open(const Kernel& kernel, const std::string& name,
                          int flags) {
    const Opened opened = kernel.Open(name, flags, 0600);
    if (opened.error != 0) return strerrorname_np(opened.error);
    ObjectInfo info;
    if (Inspect(opened.fd.get(), &info) != 0) return "cannot be inspected";
    if ((fcntl(opened.fd.get(), F_GETFD) & FD_CLOEXEC) == 0) return "inherited";
    return std::to_string(info.identity().inode);
  }

  testing::TempTree tree_;
  std::unique_ptr<const Kernel> steps_, fast_;
};

TEST_F(KernelTest, FollowsNoLink) {
  struct Case {
    const char* name;
    int flags;
    const char* want;  // "ok" or an errno
    const char* why;
  };
  constexpr int kLink = O_PATH | O_NOFOLLOW;
  constexpr Case kCases[] = {
      {"file", O_RDONLY, "ok", "a file"},
      {"dir/sub/deep", O_RDONLY, "ok", "below directories"},
      {"./dir//sub/./deep", O_RDONLY, "ok", "slashes and dots"},
      {"dir/", O_RDONLY, "ok", "a slash behind a directory"},
      {"dir/.", O_RDONLY, "ok", "a dot behind a directory"},
      {"file/", O_RDONLY, "ENOTDIR", "a slash behind a file"},
      {"file/.", O_RDONLY, "ENOTDIR", "a dot behind a file"},
      {"file/x", O_RDONLY, "ENOTDIR", "below a file"},
      {"missing", O_RDONLY, "ENOENT", "nothing"},
      {"missing/x", O_RDONLY, "ENOENT", "below nothing"},
      {"link", O_RDONLY, "ELOOP", "a link"},
      {"link", O_PATH, "ELOOP", "a link, only held"},
      {"link", kLink, "ok", "the link itself"},
      {"link/", kLink, "ELOOP", "with a slash what it leads to"},
      {"dangling", O_RDONLY, "ELOOP", "a link to nothing"},
      {"dir_link/sub", O_RDONLY, "ELOOP", "a link on the way"},
      {"dir_link/sub", kLink, "ELOOP", "a link on the way"},
      {"dir_link", O_PATH | O_DIRECTORY, "ELOOP", "a link to a directory"},
      {"file", O_RDONLY | O_DIRECTORY, "ENOTDIR", "no directory"},
      {"dir", O_WRONLY, "EISDIR", "a directory"},
      {"dangling", O_WRONLY | O_CREAT, "ELOOP", "no creation over a link"},
      {"new/", O_WRONLY | O_CREAT, "EISDIR", "no such creation"},
      {"file", O_WRONLY | O_CREAT | O_EXCL, "EEXIST", "it exists"},
  };
  for (const Kernel* kernel : {steps_.get(), fast_.get()}) {
    ASSERT_NE(kernel, nullptr);
    for (const Case& c : kCases) {
      SCOPED_TRACE(std::string(c.name) + ": " + c.why);
      const std::string got = Open(*kernel, tree_ / c.name, c.flags);
      EXPECT_EQ(isdigit(got[0]) ? "ok" : got, c.want);
    }
  }
  EXPECT_FALSE(tree_.Exists("missing"));
  EXPECT_FALSE(tree_.Exists("new"));
}

TEST_F(KernelTest, StepsBackThroughNoLink) {
  if (!fast_->has_openat2()) GTEST_SKIP() << "no openat2 to step back with";
  struct Case {
    const char* name;
    const char* want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"file", "ok", "no step back"},
      {"dir/../file", "ok", "one"},
      {"dir/sub/../../dir/./sub/../../file", "ok", "many"},
      {"dir_link/../file", "ELOOP", "from a link"},
      {"dir/../link", "ELOOP", "to a link"},
      {"missing/../file", "ENOENT", "from nothing"},
      {"file/../file", "ENOTDIR", "from a file"},
  };
  const auto open = [](const Kernel& kernel, const std::string& name) {
    Opened opened = kernel.OpenSteppingBack(name, O_RDONLY);
    // A rename anywhere on the machine can disturb a step back.
    for (int i = 0; i < 1000 && opened.error == EAGAIN; ++i) {
      opened = kernel.OpenSteppingBack(name, O_RDONLY);
    }
    return opened.error == 0 ? "ok" : strerrorname_np(opened.error);
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.name) + ": " + c.why);
    EXPECT_STREQ(open(*fast_, tree_ / c.name), c.want);
  }
  EXPECT_STREQ(open(*fast_, "/.." + (tree_ / "file")), "EXDEV");
  EXPECT_STREQ(open(*steps_, tree_ / "dir/../file"), "ENOSYS");
}

TEST_F(KernelTest, RefusesWhatIsNoName) {
  struct Case {
    std::string name;
    const char* want;
  };
  const std::string at_root(4095, '/');
  const Case cases[] = {
      {"", "ENOENT"},
      {"file", "EINVAL"},
      {std::string("/a\0b", 4), "EINVAL"},
      {at_root + "/", "ENAMETOOLONG"},
      {tree_ / std::string(256, 'x'), "ENAMETOOLONG"},
      {tree_ / std::string(255, 'x'), "ENOENT"},
  };
  for (const Kernel* kernel : {steps_.get(), fast_.get()}) {
    for (const Case& c : cases) {
      EXPECT_EQ(Open(*kernel, c.name, O_PATH), c.want) << c.name.size();
    }
    for (const std::string& root :
         {at_root, std::string("/./"), std::string("/.//.")}) {
      EXPECT_EQ(Open(*kernel, root, O_PATH), Open(*kernel, "/", O_PATH));
    }
  }
}

TEST_F(KernelTest, BothWaysAgree) {
  if (!fast_->has_openat2()) GTEST_SKIP() << "no openat2 to compare with";
  constexpr int kFlags[] = {O_RDONLY,
                            O_WRONLY,
                            O_RDWR,
                            O_PATH,
                            O_DIRECTORY,
                            O_PATH | O_DIRECTORY,
                            O_NOFOLLOW,
                            O_PATH | O_NOFOLLOW,
                            O_WRONLY | O_CREAT,
                            O_DIRECTORY | O_NOFOLLOW,
                            O_RDWR | O_CREAT | O_EXCL,
                            O_PATH | O_DIRECTORY | O_NOFOLLOW};
  std::vector<std::string> names = {"", "/"};
  for (const char* name : {"file", "dir", "dir/sub", "dir/sub/deep", "link",
                           "dir_link", "dir_link/sub", "dangling", "missing",
                           "file/x", "link/x", "dir/missing/x"}) {
    for (const char* end : {"", "/", "/.", "//", "/./", "/./."}) {
      names.push_back(std::string("/") + name + end);
    }
  }
  for (const std::string& name : names) {
    for (const int flags : kFlags) {
      SCOPED_TRACE(name + " with " + std::to_string(flags));
      const std::string path = tree_.root() + name;
      const bool existed = tree_.Exists(name);
      const std::string fast = Open(*fast_, path, flags);
      const bool made = !existed && tree_.Exists(name);
      if (made) unlink(path.c_str());
      const std::string steps = Open(*steps_, path, flags);
      EXPECT_EQ(!existed && tree_.Exists(name), made);
      if (made) unlink(path.c_str());
      if (!made) {
        EXPECT_EQ(steps, fast);
      }
    }
  }
}

TEST_F(KernelTest, NamesOpenObjects) {
  if (!fast_->has_procfs()) GTEST_SKIP() << "no procfs";
  const Opened opened = fast_->Open(tree_ / "dir/sub", O_PATH);
  ASSERT_EQ(opened.error, 0);
  std::string name;
  EXPECT_EQ(fast_->ProposeName(opened.fd.get(), &name), 0);
  EXPECT_EQ(name, tree_ / "dir/sub");
  const std::string magic = fast_->MagicName(opened.fd.get());
  struct stat named, own;
  ASSERT_EQ(stat(magic.c_str(), &named), 0) << magic;
  ASSERT_EQ(fstat(opened.fd.get(), &own), 0);
  EXPECT_EQ(named.st_ino, own.st_ino);
  const FileDescriptor proc(open("/proc", O_PATH | O_CLOEXEC));
  EXPECT_TRUE(IsInProcfs(proc.get()));
  EXPECT_FALSE(IsInProcfs(opened.fd.get()));
  EXPECT_NE(fast_->ProposeName(-1, &name), 0);
}

TEST_F(KernelTest, DoesWithoutProcfs) {
  const std::unique_ptr<const Kernel> kernel = Probe({false, true});
  ASSERT_NE(kernel, nullptr);
  EXPECT_FALSE(kernel->has_procfs());
  std::string name;
  EXPECT_EQ(kernel->ProposeName(kernel->root(), &name), ENOSYS);
  EXPECT_EQ(kernel->MagicName(kernel->root()), "");
}

// Makes openat2(2) fail in this process from now on; false if it cannot.
bool HideOpenat2(int error) {
  const unsigned action = SECCOMP_RET_ERRNO | static_cast<unsigned>(error);
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {4, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// The exit code of `function`, run in a child.
template <typename Function>
int InChild(Function function) {
  const pid_t child = fork();
  if (child == 0) _exit(function());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int kFine = 0, kBroken = 1, kNoFilter = 2;

TEST_F(KernelTest, DoesWithoutOpenat2) {
  for (const int error : {ENOSYS, EPERM, E2BIG, EINVAL}) {
    const int result = InChild([&] {
      if (!HideOpenat2(error)) return kNoFilter;
      const std::unique_ptr<const Kernel> kernel = Probe(Kernel::Without());
      const bool fine = kernel != nullptr && !kernel->has_openat2() &&
                        kernel->Open(tree_ / "file", O_RDONLY).error == 0 &&
                        kernel->Open(tree_ / "link", O_RDONLY).error == ELOOP;
      return fine ? kFine : kBroken;
    });
    if (result == kNoFilter) GTEST_SKIP() << "no seccomp filters";
    EXPECT_EQ(result, kFine) << strerrorname_np(error);
  }
}

TEST_F(KernelTest, DoesWithoutOpenat2OnceItIsForbidden) {
  for (const int error : {ENOSYS, EPERM}) {
    const int result = InChild([&] {
      if (!HideOpenat2(error)) return kNoFilter;
      const bool fine = fast_->Open(tree_ / "file", O_RDONLY).error == 0 &&
                        fast_->Open(tree_ / "link", O_RDONLY).error == ELOOP;
      return fine ? kFine : kBroken;
    });
    if (result == kNoFilter) GTEST_SKIP() << "no seccomp filters";
    EXPECT_EQ(result, kFine) << strerrorname_np(error);
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern
